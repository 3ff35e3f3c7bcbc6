// Threads on every CPU copy and drop references to one object that does not change; the time of one
// copy, beside that of a std::shared_ptr.
#include <memory>

#include "runtime/scope.h"
#include "runtime/sharing/frozen.h"
#include "tests/peers/troop/in-troop.h"
#include "tests/peers/troop/measurement.h"
#include "tests/peers/troop/workloads.h"

namespace troop::peers {
namespace {

template <typename Reference>
void hammer(Reference given, std::size_t copies) {
  for (std::size_t n = 0; n < copies; ++n) {
    Reference copy = given;
    asm volatile("" : : "r"(&copy) : "memory");  // it is made, whatever the optimiser thinks of it
  }
}

template <typename Reference>
void measure(std::string_view metric, const Reference& shared) {
  const std::size_t threads = size("SHARED_COUNT_THREADS", 16);
  const std::size_t each = size("SHARED_COUNT_N", 20'000'000) / threads;
  const Stopwatch watch;
  {
    Scope scope;
    for (std::size_t i = 0; i < threads; ++i) {
      scope.thread([](Reference given, std::size_t copies) { hammer(std::move(given), copies); },
                   assumeSendable(shared), each);
    }
  }
  report("shared_count", metric, watch.nanoseconds() / static_cast<double>(threads * each), "ns");
}

}  // namespace

void runSharedCount() {
  inTroop(everyCpu, [] {
    measure("copy", freeze(1));
    measure("copy_shared_ptr", std::make_shared<const int>(1));
  });
}

}  // namespace troop::peers
