// A program for a debugger: Threads of every kind stand still in looksAround(): some wait, one
// is ready, one runs, one was compacted and one lives on a stack that another one is on.
#include <atomic>
#include <cstdio>
#include <span>
#include <vector>

#include "runtime/async/async.h"
#include "runtime/async/scope.h"
#include "runtime/async/wait.h"
#include "runtime/channel.h"
#include "runtime/event.h"
#include "runtime/inspect/inspect.h"
#include "runtime/process.h"
#include "runtime/sched/shared-stack.h"
#include "runtime/scope.h"
#include "runtime/sharing/frozen.h"
#include "runtime/sharing/isolated.h"
#include "runtime/sharing/text.h"
#include "runtime/task.h"

namespace kitchen {

using namespace troop;

struct Day {
  Event gate;    // all wait for it
  Event ticket;  // of who is ready, since it was set while somebody else ran
  std::atomic<bool> runs{false};
  std::atomic<bool> isOver{false};
};

void waitsForOrders(Event& gate, int dishes) {
  const Text menu = "soup";
  gate.wait();
  std::printf("%d of %.*s\n", dishes, static_cast<int>(menu.size()), menu.data());
}

void sleepsAside(Event& gate) {
  gate.wait();
  std::puts("awake");
}

void standsInTheRow(Event& gate) {
  gate.wait();
}

Async<void> rises(Event& gate) {
  co_await gate;
}

void works(Day& day) {
  day.runs.store(true);
  while (!day.isOver.load()) sched_yield();
}

void washes(Day& day) {
  day.ticket.wait();
  std::puts("clean");
}

// What waits, with two Tasks more.
void bakes(Event& gate) {
  Scope scope;
  scope.task([&gate] { standsInTheRow(gate); });
  scope.async(rises(gate));
  scope.join();
}

void awaitWaiting(Process& process, std::size_t threads) {
  for (std::size_t waiting = 0; waiting != threads;) {
    waiting = 0;
    for (const auto& troop : inspect::inspect(process, {.stacks = inspect::Stacks::none}).troops) {
      for (const auto& thread : troop.threads) {
        if (thread.state == inspect::ThreadReport::State::waits) ++waiting;
      }
    }
  }
}

// Where the debugger stops.
[[gnu::noinline]] void looksAround() {
  asm volatile("" ::: "memory");
}

void allIsThere(const Troop& troop, const Thread& cook) {
  const Text brief = "short";
  const Text lengthy = "a text that is longer than an object holds by itself";
  const std::vector<std::byte> raw{std::byte{1}, std::byte{0xfe}};
  const Bytes bytes{std::span(raw)};
  const Error error(ErrorKind::overloaded, "no more plates", ErrorDetail::quota);
  const Cancelled cancelled(Error(ErrorKind::failed, "closing time"));
  const Time none = never;
  const Time early = Time(1500ms);
  const Duration pause = 20ms;
  const Frozen<int> frozen = freeze(17);
  auto [sender, receiver] = channel<int>(8);
  (void)sender.send(1);
  (void)sender.send(2);
  const Isolated<int> isolated = Isolated<int>::make(5);
  const Ref<Budget> memory = troop.memory();
  const Event event;
  looksAround();
  (void)brief, (void)lengthy, (void)bytes, (void)error, (void)cancelled, (void)none, (void)early;
  (void)pause, (void)frozen, (void)isolated, (void)memory, (void)event, (void)cook;
}

}  // namespace kitchen

int main() {
  using namespace kitchen;
  Day day;
  Process process({.carriers = 1, .sparesMax = 0, .compactAfter = 1ms});
  const Ref<Troop> kitchen = process.troop({.name = "kitchen", .weight = 50});
  const Ref<Troop> pantry = kitchen->troop({.name = "pantry"});
  const auto gate = assumeSendable(&day.gate);
  std::vector<Ref<Thread>> threads;
  threads.push_back(kitchen->thread({"cook"}, [](Event* at) { waitsForOrders(*at, 42); }, gate));
  threads.push_back(kitchen->thread(
      {.name = "night watch", .parked = Parked::compacted}, [](Event* at) { sleepsAside(*at); },
      gate));
  threads.push_back(kitchen->thread({"baker"}, [](Event* at) { bakes(*at); }, gate));
  threads.push_back(
      kitchen->thread({"washer"}, [](Day* of) { washes(*of); }, assumeSendable(&day)));
  // One more than there are stacks to share.
  for (unsigned i = 0; i <= SharedStacks::perCarrier; ++i) {
    threads.push_back(pantry->thread(
        {.name = "guest", .parked = Parked::sharesStack}, [](Event* at) { standsInTheRow(*at); },
        gate));
  }
  awaitWaiting(process, threads.size());
  while (process.compactedThreads() == 0) sleep(1ms);
  threads.push_back(kitchen->thread({"chef"}, [](Day* of) { works(*of); }, assumeSendable(&day)));
  while (!day.runs.load()) sched_yield();
  day.ticket.set();
  allIsThere(*kitchen, *threads.front());
  day.isOver.store(true);
  day.gate.set();
  for (const Ref<Thread>& thread : threads) (void)thread->join();
}
