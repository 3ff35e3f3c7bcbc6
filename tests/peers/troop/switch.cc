// Two that yield to each other on one carrier; the time of one switch.
#include "runtime/async/async.h"
#include "runtime/async/wait.h"
#include "runtime/scope.h"
#include "runtime/task.h"
#include "tests/peers/troop/in-troop.h"
#include "tests/peers/troop/measurement.h"
#include "tests/peers/troop/workloads.h"

namespace troop::peers {

namespace {

std::size_t switches() {
  return size("SWITCH_N", 10'000'000);
}

void yieldHalf() {
  const std::size_t times = switches() / 2;
  for (std::size_t i = 0; i < times; ++i) yield();
}

Async<void> yieldHalfAsync() {
  const std::size_t times = switches() / 2;
  for (std::size_t i = 0; i < times; ++i) co_await async::yield();
}

}  // namespace

void runSwitch() {
  inTroop(oneCarrier, [] {
    const Stopwatch watch;
    {
      Scope scope;
      scope.task(yieldHalf);
      scope.task(yieldHalf);
    }
    report("switch", "yield_tasks", watch.nanoseconds() / static_cast<double>(switches()), "ns");
  });
  inTroop(oneCarrier, [] {
    const Stopwatch watch;
    {
      Scope scope;
      scope.thread(yieldHalf);
      scope.thread(yieldHalf);
    }
    report("switch", "yield", watch.nanoseconds() / static_cast<double>(switches()), "ns");
  });
  inTroop(oneCarrier, [] {
    const Stopwatch watch;
    {
      Scope scope;
      scope.async(yieldHalfAsync());
      scope.async(yieldHalfAsync());
    }
    report("switch", "yield_coroutines", watch.nanoseconds() / static_cast<double>(switches()),
           "ns");
  });
}

}  // namespace troop::peers
