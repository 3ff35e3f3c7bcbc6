#include "proxy/routing/forwarder.h"

#include <fmt/format.h>

#include "proxy/call.h"

namespace troop::proxy {

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
  call.settle(Error(ErrorKind::failed,
                    fmt::format("the capability goes through more than {} others", hopsMax),
                    ErrorDetail::quota, Executed::no));
}

}  // namespace troop::proxy
