// The service as a plugin in C++.
#include <utility>

#include "tests/peers/proxy/service.guest.h"

namespace {

class Service final : public peers::Service::Target {
  troop::Promise<NothingResults> nothing(NothingParams) override { return NothingResults{}; }
  troop::Promise<EchoResults> echo(EchoParams params) override {
    return EchoResults{.bytes = std::move(params.bytes)};
  }
  troop::Promise<PassResults> pass(PassParams params) override {
    return PassResults{.service = std::move(params.service)};
  }
  troop::Promise<CallOtherResults> callOther(CallOtherParams params) override {
    for (std::uint32_t i = 0; i < params.times; ++i) co_await params.service.nothing();
    co_return CallOtherResults{};
  }
};

}  // namespace

TROOP_PLUGIN(Service)
