#include "tools/troop/hosting/standing-endpoint.h"

#include <utility>

#include "proxy/call.h"

namespace troop::hosting {

void StandingEndpoint::serveBy(proxy::Capability server) noexcept {
  // The old one is dropped after the lock: its end may call anything.
  std::lock_guard lock(mutex_);
  std::swap(server_, server);
}

void StandingEndpoint::call(proxy::Call call) noexcept {
  proxy::Capability server;
  {
    std::lock_guard lock(mutex_);
    server = server_;
  }
  if (server) {
    server.deliver(std::move(call));
  } else {
    call.settle(Error(ErrorKind::disconnected, "troop '" + name_ + "' is not running",
                      ErrorDetail::none, Executed::no));
  }
}

}  // namespace troop::hosting
