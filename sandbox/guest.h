// A Guest is code that is not trusted, living in a troop of its own under the limits it was given.
//
// Ownership: a value; copies are handles on the same guest. It lives until it is killed, kills
// itself, its Host ends, or nobody can reach it any more: no Guest, no capability on one of its
// objects, no call under way. A handle on a dead guest stays valid, also after its Host. Threads:
// any OS thread, any Task. Errors: calls to a dead guest fail with `disconnected`; verdict() says
// why it died. Misuse: none.
//
//   Guest guest = host.spawn(image, {.name = "markdown", .limits = {.memoryBytes = 32_MiB}});
//   auto reply = guest.as<Renderer>().render("# hi").get(100ms);
//   if (!reply) std::puts(guest.verdict().text().c_str());
#pragma once

#include <string>

#include "proxy/capability.h"
#include "runtime/ref.h"
#include "runtime/time.h"
#include "runtime/troop.h"
#include "sandbox/guest-options.h"
#include "sandbox/usage.h"
#include "sandbox/verdict.h"

namespace troop::sandbox {

namespace wasm {
class Instance;
}

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
