// Capabilities in messages, calls on what has not been answered yet, and revocation.
#include <vector>

#include "proxy/membrane.h"
#include "tests/peers/proxy/service.h"
#include "tests/peers/proxy/workloads.h"
#include "tests/peers/troop/in-troop.h"
#include "tests/peers/troop/measurement.h"

namespace troop::peers {

namespace {

double nanosecondsOfPassing(const Service& service, std::size_t times) {
  const Stopwatch watch;
  for (std::size_t i = 0; i < times; ++i) {
    require(service.pass(service).get().value().service == service, "another one came back");
  }
  return watch.nanoseconds() / static_cast<double>(times);
}

// Each of ten calls is made on what the one before it will give.
double nanosecondsOfPipeline(const Service& service, std::size_t times) {
  constexpr int depth = 10;
  const Stopwatch watch;
  for (std::size_t i = 0; i < times; ++i) {
    auto answer = service.pass(service);
    for (int further = 1; further < depth - 1; ++further) answer = answer.service().pass(service);
    answer.service().nothing().get().value();
  }
  return watch.nanoseconds() / static_cast<double>(times);
}

// All are held by those outside, none is used any more.
double secondsOfRevoking(std::size_t count) {
  const Ref<Thread> thread = threadOfAnotherTroop();
  const Ref<proxy::Membrane> membrane = makeRef<proxy::Membrane>("measured");
  std::vector<Service> held;
  for (std::size_t i = 0; i < count; ++i) {
    held.emplace_back(membrane->wrap(serviceOn(thread).capability()));
  }
  const Stopwatch watch;
  membrane->revoke("it is over");
  const double seconds = watch.seconds();
  require(held.back().nothing().get().failed(), "what was revoked still answers");
  return seconds;
}

}  // namespace

void runCapabilities() {
  inTroop(oneCarrier, [] {
    const Service service = serviceInItsTroop();
    const std::size_t times = size("CAPABILITIES_N", 100'000);
    report("capability", "pass", nanosecondsOfPassing(service, times), "ns");
    report("capability", "pipeline_10", nanosecondsOfPipeline(service, times / 10), "ns");
    report("capability", "revoke", 1e3 * secondsOfRevoking(size("CAPABILITIES_HELD", 100'000)),
           "ms");
  });
}

}  // namespace troop::peers
