#include "tests/peers/proxy/service.h"

#include <memory>
#include <utility>

#include "proxy/target.h"
#include "runtime/process.h"
#include "runtime/thread.h"
#include "runtime/troop.h"
#include "tests/peers/troop/measurement.h"

namespace troop::peers {

namespace {

class HostService final : public Service::Target {
 public:
  NothingResults nothing(NothingParams) override { return {}; }
  EchoResults echo(EchoParams params) override { return {.bytes = std::move(params.bytes)}; }
  PassResults pass(PassParams params) override { return {.service = std::move(params.service)}; }
  CallOtherResults callOther(CallOtherParams params) override {
    callInTurn(params.service, params.times);
    return {};
  }
};

}  // namespace

Service serviceOn(Ref<Thread> thread) {
  return Service(proxy::serve(std::move(thread), std::make_shared<HostService>()));
}

Ref<Thread> threadOfAnotherTroop() {
  return Process::current()->troop({.name = "service"})->serviceThread("service");
}

Service serviceInItsTroop() {
  return serviceOn(threadOfAnotherTroop());
}

void callInTurn(const Service& service, std::size_t times) {
  for (std::size_t i = 0; i < times; ++i) service.nothing().get().value();
}

double nanosecondsOfCalls(const Service& service, std::size_t times) {
  const Stopwatch watch;
  callInTurn(service, times);
  return watch.nanoseconds() / static_cast<double>(times);
}

}  // namespace troop::peers
