// A Membrane is a revocable boundary: a capability that is wrapped by it, everything that is
// reached through that capability, and everything that is passed in through it, goes dead together
// when the Membrane is revoked. Capabilities in parameters are wrapped on their way in, those in
// results on their way out; one that comes home is unwrapped, so each side sees its own objects as
// themselves.
//
// Ownership: shared by its wrapped capabilities and whoever may revoke it. Threads: any. Order: as
// without it. Limits: what `payer`, or else who calls, can pay for wrapped capabilities and calls
// under way; beyond it overloaded/memory. Errors: after revoke() calls, and calls under way, fail
// with disconnected/revoked, "capability 'x' was revoked". Misuse: letting the wrapped capability
// out by another way, which the Membrane cannot revoke.
//
//   Ref<Membrane> membrane = makeRef<Membrane>("renderer");
//   guest.grant("renderer", membrane->wrap(renderer.capability()));
//   membrane->revoke("the trial is over");
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <optional>
#include <string>

#include "proxy/capability.h"
#include "runtime/budget.h"
#include "runtime/error.h"
#include "runtime/ref.h"
#include "runtime/sendable.h"

namespace troop::proxy {

class Membrane final : public RefCounted {
 public:
  // `payer` pays for the host memory that wrapped capabilities and calls take; null: for what comes
  // of a call that troop which makes it, for the rest nobody.
  explicit Membrane(std::string name, Ref<Budget> payer = {});

  // `inside` as those outside shall see it. Null stays null.
  Capability wrap(Capability inside);

  // At once and for good; the first reason counts. What was wrapped is let go.
  void revoke(std::string reason) noexcept;

  const std::string& name() const noexcept { return name_; }
  bool revoked() const noexcept;
  std::uint64_t callsPassed() const noexcept;
  std::uint64_t callsRefused() const noexcept;  // since it was revoked, or over a limit

 private:
  class Crossing;
  class Wrapper;
  struct Limit;
  // Where those are who hold a wrapped capability.
  enum class Side : unsigned char { outside, inside };

  friend Capability limitCalls(Ref<Membrane>, Capability, std::uint64_t);

  Capability wrap(Capability capability, Side holders, Ref<Limit> limit, const Ref<Budget>& payer);
  // What `capability` becomes on its way to `holders`, at the expense of `payer`.
  Capability cross(const Capability& capability, Side holders, const Ref<Budget>& payer);
  Message cross(Message message, Side holders, const Ref<Budget>& payer);
  Ref<Budget> payerOf(const Call& call) const;
  void finish(Crossing& crossing) noexcept;
  Error exhausted(const Limit& limit) const;
  void revokeIfExhausted(const Ref<Limit>& limit) noexcept;

  const std::string name_;
  const Ref<Budget> payer_;

  mutable std::mutex
      mutex_;  // protects what follows, and the changing parts of Wrappers and Crossings
  std::optional<Error> revoked_;
  std::list<Wrapper*> wrappers_;
  std::list<Ref<Crossing>> crossings_;  // calls under way
  std::uint64_t callsPassed_ = 0;
  std::uint64_t callsRefused_ = 0;
};

// `inside`, wrapped, for `callsMax` calls. Further calls are refused, and when none of the first
// ones is under way any more the first refusal revokes the Membrane.
Capability limitCalls(Ref<Membrane> membrane, Capability inside, std::uint64_t callsMax);

}  // namespace troop::proxy

template <>
struct troop::IsSendable<troop::Ref<troop::proxy::Membrane>> : std::true_type {};
