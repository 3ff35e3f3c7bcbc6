// A Guest is code that is not trusted, living in a troop of its own under the limits it was given.
//
// Ownership: a value; copies are handles on the same guest. It lives until it is killed, kills itself, its
// Host ends, or nobody can reach it any more: no Guest, no capability on one of its objects, no call under
// way. A handle on a dead guest stays valid, also after its Host. Threads: any OS thread, any Task.
// Errors: calls to a dead guest fail with `disconnected`; verdict() says why it died. Misuse: none.
//
//   Guest guest = host.spawn(image, {.name = "markdown", .limits = {.memoryBytes = 32_MiB}});
//   auto reply = guest.as<Renderer>().render("# hi").get(100ms);
//   if (!reply) std::puts(guest.verdict().text().c_str());
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "proxy/capability.h"
#include "runtime/ref.h"
#include "runtime/time.h"
#include "runtime/troop.h"
#include "sandbox/policy.h"
#include "sandbox/verdict.h"

namespace troop::sandbox {

namespace wasm {
class Instance;
}

struct GuestOptions {
  std::string name = "guest";  // for errors, logs and tables
  Limits limits;
  std::vector<Grant> grants;
  unsigned weight = 100;  // of CPU time, among troops that want it; 1 to 10'000
};

struct Usage {
  Duration cpu{};
  std::size_t memoryBytes = 0;      // its own, and what the host keeps for it
  std::size_t memoryPeakBytes = 0;
  std::uint64_t callsServed = 0;    // calls to it that it answered with a result
  std::uint64_t callsFailed = 0;    // calls to it that ended otherwise
  std::uint64_t callsMade = 0;      // calls of its own
  std::uint64_t callsRefused = 0;   // of these, those on a capability that was revoked
  std::uint64_t slices = 0;         // how often it got a carrier
  std::uint64_t migrations = 0;     // how often that was another one than before
};

class Guest {
 public:
  Guest(Ref<wasm::Instance> instance, proxy::Capability mainObject);
  Guest(const Guest&);
  Guest(Guest&&) noexcept;
  Guest& operator=(Guest) noexcept;
  ~Guest();

  const std::string& name() const noexcept;

  // Its main object. Calls queue until it has started.
  const proxy::Capability& capability() const noexcept { return mainObject_; }
  template <typename P>
  P as() const {
    return P(mainObject_);
  }

  Verdict verdict() const;
  Usage usage() const;
  Ref<Troop> troop() const;

  // Ends it, also in the midst of running. The first cause of an end stays; the rest is harmless.
  void kill(std::string reason);

  // Waits until it has ended and its memory is back; false at the deadline.
  [[nodiscard]] bool waitEnd(Time deadline = never) const;

 private:
  Ref<wasm::Instance> instance_;
  proxy::Capability mainObject_;
};

}  // namespace troop::sandbox
