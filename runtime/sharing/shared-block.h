// Memory that several Threads read and nobody changes: what Frozen, Text and Bytes refer to.
//
// Ownership: References; it stands in the heap of the OS process, so it outlives the troop that
// made it, which pays for it until the last reference is gone. Threads: any. Fails: making one
// throws Error (overloaded, memory) where the caller's troop cannot pay.
//
//   class Page final : public SharedBlock { ... const std::string html; };
#pragma once

#include <cstddef>

#include "runtime/budget.h"
#include "runtime/ref.h"

namespace troop {

// Of the memory of the calling Task's troop; nothing outside of Tasks. Throws Error (overloaded,
// memory) where that is not left.
Charge chargeCaller(std::size_t bytes);

class SharedBlock : public RefCounted {
 public:
  // What is paid for it.
  std::size_t bytes() const noexcept { return charge_.bytes(); }

 protected:
  explicit SharedBlock(Charge charge) noexcept : charge_(std::move(charge)) {}

  // For what it turned out to own; by who makes it.
  void pay(Charge charge) noexcept { charge_ = std::move(charge); }

 private:
  Charge charge_;
};

}  // namespace troop
