#include "proxy/routing/forwarder.h"

#include <fmt/format.h>

#include "proxy/call.h"

namespace troop::proxy {

std::size_t Forwarder::hopsOf(const Capability& capability) noexcept {
  Capability current = capability.resolved();
  std::size_t hops = 0;
  while (hops < hopsMax && current) {
    Forwarder* forwarder = current.endpoint().forwarder();
    if (forwarder == nullptr) break;
    ++hops;
    current = Capability(forwarder->next()).resolved();
  }
  return hops;
}

Error Forwarder::tooManyHops() {
  return Error(ErrorKind::failed,
               fmt::format("the capability goes through more than {} others", hopsMax),
               ErrorDetail::quota, Executed::no);
}

void Forwarder::call(Call call) noexcept {
  Capability current(Ref<Endpoint>::share(this));
  for (std::size_t hops = 0; hops < hopsMax; ++hops) {
    current = current.resolved();
    Forwarder* forwarder = current.endpoint().forwarder();
    if (forwarder == nullptr) return current.endpoint().call(std::move(call));
    Capability next(forwarder->forward(call));
    if (!next) return;
    current = std::move(next);
  }
  call.settle(tooManyHops());
}

}  // namespace troop::proxy
