// Threads that increment one counter, one at a time.
#include "runtime/sync/mutex.h"

#include <cstddef>
#include <cstdint>
#include <mutex>

#include "runtime/scope.h"
#include "runtime/sharing/monitor.h"
#include "tests/peers/troop/in-troop.h"
#include "tests/peers/troop/measurement.h"
#include "tests/peers/troop/workloads.h"

namespace troop::peers {
namespace {

// The same by what has the shape of the standard library's.
void countUnderMutex(std::size_t threads, std::size_t each) {
  struct Counter {
    sync::mutex mutex;
    std::uint64_t value = 0;
  } counter;
  const Stopwatch watch;
  {
    Scope scope;
    for (std::size_t i = 0; i < threads; ++i) {
      scope.thread(
          [](Counter* shared, std::size_t increments) {
            for (std::size_t n = 0; n < increments; ++n) {
              const std::lock_guard lock(shared->mutex);
              ++shared->value;
            }
          },
          assumeSendable(&counter), each);
    }
  }
  const double nanoseconds = watch.nanoseconds();
  require(counter.value == threads * each, "an increment was lost");
  report("mutex", "increment_sync", nanoseconds / static_cast<double>(counter.value), "ns");
}

}  // namespace

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
    countUnderMutex(threads, each);
  });
}

}  // namespace troop::peers
