// Memory that several Threads read and nobody changes: what Frozen, Text and Bytes refer to.
//
// Ownership: references, each counted in a Holding (runtime/sharing/holding.h). It stands in the
// heap of the OS process, so it outlives the troop that made it. Threads: any. Limits: each troop
// that makes it or copies a reference pays for it once. Fails: making one throws Error (overloaded,
// memory) where the caller's troop cannot pay. Misuse: a destructor that waits.
//
//   struct Page final : SharedBlock { ... const std::string html; };
//   Held page = Held::adopt((new Page(...))->own());
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "runtime/budget.h"
#include "runtime/sharing/holding.h"

namespace [[gnu::visibility("hidden")]] troop {

class SharedBlock {
 public:
  SharedBlock(const SharedBlock&) = delete;
  SharedBlock& operator=(const SharedBlock&) = delete;

  // Begins with one reference, of who made it.
  Holding& own() const noexcept { return own_; }

  // What each troop pays for it.
  std::size_t bytes() const noexcept { return bytes_; }

 protected:
  explicit SharedBlock(std::size_t bytes);
  virtual ~SharedBlock();

  // For what it turned out to own; by who makes it.
  void payForMore(std::size_t bytes);

 private:
  friend class Holding;
  friend class ThreadHolding;
  class Payers;

  // A Thread of a troop with this budget has one more, throwing as chargeCaller() does, or one
  // less.
  void holdingBegins(Budget& budget);
  void holdingEnded(const Budget& budget) noexcept;
  void ownEnded() noexcept;

  Payers& payers();
  void dropHolding() noexcept;
  void destroy() noexcept;

  mutable Holding own_;
  std::size_t bytes_;
  Charge charge_;                           // of who made it
  std::atomic<Payers*> payers_{nullptr};    // those of the Threads' Holdings, once there are some
  std::atomic<std::uint32_t> holdings_{1};  // that have not ended
  SharedBlock* nextDying_ = nullptr;
};

}  // namespace troop
