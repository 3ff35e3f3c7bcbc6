// Threads that increment one counter, one at a time.
#include <cstdint>

#include "runtime/scope.h"
#include "runtime/sharing/monitor.h"
#include "tests/peers/troop/in-troop.h"
#include "tests/peers/troop/measurement.h"
#include "tests/peers/troop/workloads.h"

namespace troop::peers {

void runMutex() {
  inTroop(twoCarriers, [] {
    const std::size_t threads = size("MUTEX_TASKS", 64);
    const std::size_t each = size("MUTEX_N", 2'000'000) / threads;
    const Monitor<std::uint64_t> counter = Monitor<std::uint64_t>::make(0U);
    const Stopwatch watch;
    {
      Scope scope;
      for (std::size_t i = 0; i < threads; ++i) {
        scope.thread(
            [](Monitor<std::uint64_t> shared, std::size_t increments) {
              for (std::size_t n = 0; n < increments; ++n) {
                shared.enter([](std::uint64_t& value) { ++value; });
              }
            },
            counter, each);
      }
    }
    const double nanoseconds = watch.nanoseconds();
    const std::uint64_t counted = counter.enter([](std::uint64_t value) { return value; });
    require(counted == threads * each, "an increment was lost");
    report("mutex", "increment", nanoseconds / static_cast<double>(counted), "ns");
  });
}

}  // namespace troop::peers
