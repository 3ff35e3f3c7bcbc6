// A Process has as many carriers as it is told; Threads that ask for it give up their stacks' pages
// while they wait for long.
#include <cstdio>
#include <thread>
#include <utility>

#include "runtime/channel.h"
#include "runtime/process.h"

int main() {
  using namespace std::chrono_literals;
  troop::Process process({.carriers = 1, .carriersMax = 4, .compactAfter = 1ms});
  process.resize(3);  // while it runs; 0: as many as affinity mask and quotas allow
  std::printf("%u carriers\n", process.carriers());

  auto [sender, receiver] = troop::channel<int>(1);
  const troop::Ref<troop::Thread> patient = process.root().thread(
      {.name = "patient", .parked = troop::Parked::compacted},
      [](troop::Receiver<int> in) { std::printf("got %d\n", in.receive().value()); },
      std::move(receiver));
  while (process.compactedThreads() == 0) std::this_thread::sleep_for(1ms);
  std::puts("waits without a page");
  sender.send(1).value();  // puts back what was on the stack, and wakes it
  return patient->join() ? 0 : 1;
}
