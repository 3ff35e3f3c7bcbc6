// A sealed pair: what the Sealer puts into a box only its Unsealer gets out again. A box is a
// capability as any other, so it goes wherever capabilities go, through hands that may keep it,
// pass it on or hand it back, but see nothing of what is in it.
//
// With it an object recognises what it made itself: a bank that is handed a purse opens it with its
// Unsealer, and nobody else can make one (Morris 1973; Miller, "Robust Composition", 2006).
//
// Ownership: values; copies are the same pair. A box shares what is in it. Threads: any. Limits:
// `payer` pays for a box; null: nobody. Errors: unseal() fails with failed for what is no box of
// this pair, also for one that a Membrane stands before and for a promise of one that is not
// resolved yet; calls on a box are answered unimplemented. Misuse: handing out the Unsealer.
//
//   auto [sealer, unsealer] = makeSealedPair("purse");
//   Capability box = sealer.seal(account);
//   Capability account = unsealer.unseal(box).value();
#pragma once

#include <string>
#include <utility>

#include "proxy/capability.h"
#include "runtime/budget.h"
#include "runtime/error.h"
#include "runtime/ref.h"
#include "runtime/sendable.h"

namespace troop::proxy {

// What the two halves have in common.
class SealBrand;

class Sealer {
 public:
  explicit Sealer(Ref<SealBrand> brand) noexcept;
  Sealer(const Sealer&) noexcept;
  Sealer& operator=(const Sealer&) noexcept;
  ~Sealer();

  // Another box each time. Null goes into a box, too.
  Capability seal(Capability inside, const Ref<Budget>& payer = {}) const;

 private:
  Ref<SealBrand> brand_;
};

class Unsealer {
 public:
  explicit Unsealer(Ref<SealBrand> brand) noexcept;
  Unsealer(const Unsealer&) noexcept;
  Unsealer& operator=(const Unsealer&) noexcept;
  ~Unsealer();

  Expected<Capability> unseal(const Capability& box) const;

 private:
  Ref<SealBrand> brand_;
};

struct SealedPair {
  Sealer sealer;
  Unsealer unsealer;
};

// `name` is for errors and logs.
SealedPair makeSealedPair(std::string name);

}  // namespace troop::proxy

template <>
struct troop::IsSendable<troop::proxy::Sealer> : std::true_type {};
template <>
struct troop::IsSendable<troop::proxy::Unsealer> : std::true_type {};
