// A StandingEndpoint designates whatever serves a name at the moment, so that those who were
// granted a troop keep their capability when it dies and is started again.
//
// Ownership: shared, as every Endpoint. Threads: any. Errors: while nothing serves, calls fail with
// disconnected, not executed. Misuse: calls that are under way when the server is exchanged stay
// with the old one, and share its fate.
//
//   auto standing = makeRef<StandingEndpoint>("markdown");
//   Capability parser{standing};            // granted once
//   standing->serveBy(guest.capability());  // again for each life of the troop
#pragma once

#include <mutex>
#include <string>

#include "proxy/capability.h"

namespace troop::hosting {

class StandingEndpoint final : public proxy::Endpoint {
 public:
  explicit StandingEndpoint(std::string name) : name_(std::move(name)) {}

  // Calls that come from now on go to `server`; a null one means that nothing serves.
  void serveBy(proxy::Capability server) noexcept;

  void call(proxy::Call call) noexcept override;
  std::string describe() const override { return name_; }

 private:
  const std::string name_;
  mutable std::mutex mutex_;
  proxy::Capability server_;  // protected by mutex_
};

}  // namespace troop::hosting
