// Two cooks take the pan and the lid, each in another order.
#include <cstdio>
#include <mutex>
#include <string>

#include "runtime/error.h"
#include "runtime/inspect/deadlock-stacks.h"
#include "runtime/process.h"
#include "runtime/scope.h"
#include "runtime/sync/latch.h"
#include "runtime/sync/mutex.h"

namespace {

struct Kitchen {
  troop::sync::mutex pan, lid;
  troop::sync::latch bothHaveOne{2};
};

void cook(Kitchen& kitchen, troop::sync::mutex& first, troop::sync::mutex& second) {
  const std::lock_guard one(first);
  kitchen.bothHaveOne.arrive_and_wait();
  const std::lock_guard both(second);
}

void day() {
  Kitchen kitchen;
  troop::Scope scope;
  const auto at = troop::assumeSendable(&kitchen);
  scope.thread({"cook one"}, [](Kitchen* in) { cook(*in, in->pan, in->lid); }, at);
  scope.thread({"cook two"}, [](Kitchen* in) { cook(*in, in->lid, in->pan); }, at);
  scope.join();
}

}  // namespace

int main() {
  using Locks = troop::ProcessOptions::LocksInDeadlock;
  troop::inspect::tellStacksOfDeadlocks();
  troop::Process process(
      {.deadlocksAfter = std::chrono::milliseconds(100), .locksInDeadlock = Locks::throwError});
  try {
    process.run(day);
  } catch (const troop::Error& error) {
    const std::string why(name(error.detail()));
    std::printf("the day ended early: %s\n", why.c_str());
    return 1;
  }
}
