// An order that never reaches the kitchen: the waiter has sent it to the bar.
#include <csignal>
#include <cstdio>
#include <optional>

#include "runtime/channel.h"
#include "runtime/inspect/dump-on-signal.h"
#include "runtime/process.h"
#include "runtime/scope.h"
#include "runtime/sharing/text.h"

namespace {

using troop::Receiver;
using troop::Sender;
using troop::Text;

void cook(Receiver<Text> orders, Sender<Text> bell) {
  while (const std::optional<Text> order = orders.receive()) (void)bell.send(*order);
}

void barkeeper(Receiver<Text> orders, Sender<Text> bell) {
  while (const std::optional<Text> order = orders.receive()) {
    if (*order == Text("water")) (void)bell.send(*order);
  }
}

void waiter(Sender<Text> kitchen, Sender<Text> bar, Receiver<Text> bell) {
  (void)kitchen.send("bread");
  (void)bell.receive();
  (void)bar.send("water");
  (void)bell.receive();
  (void)bar.send("soup");
  std::fputs("the soup is ordered\n", stderr);
  (void)bell.receive();
}

void evening() {
  auto [toKitchen, inKitchen] = troop::channel<Text>(10);
  auto [toBar, inBar] = troop::channel<Text>(10);
  auto [bell, heard] = troop::channel<Text>(10);
  troop::Scope scope;
  scope.thread({"cook"}, cook, std::move(inKitchen), bell);
  scope.thread({"barkeeper"}, barkeeper, std::move(inBar), std::move(bell));
  scope.thread({"waiter"}, waiter, std::move(toKitchen), std::move(toBar), std::move(heard));
  scope.join();
}

}  // namespace

int main() {
  troop::Process process;
  const troop::inspect::DumpOnSignal dump(process, SIGQUIT);
  process.run(evening);
}
