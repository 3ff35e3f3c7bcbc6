// A Budget is a ledger of memory: who is charged how many bytes, now and at most. Budgets form a
// tree; a charge is taken from the budget and from every budget above it, or from none. A budget
// may have bytes reserved: those above it are charged for them whether they are used or not, so up
// to there it is refused nothing, whatever others take.
//
// Ownership: Refs, or whoever made it. Threads: any. Limits: bytes; `unlimited` for none. Fails: a
// charge over a limit is refused, nothing is taken, and the error names whose limit it was where it
// is one above. Misuse: a Budget must outlive its Charges and its children (a Troop keeps its own
// alive).
//
//   Budget acme{process.memory(), 256_MiB};
//   Expected<Charge> charge = acme.charge(4096);
//   acme.used();                     // 4096, until the Charge is destroyed
#pragma once

#include <atomic>
#include <cstddef>
#include <limits>
#include <string>
#include <utility>

#include "runtime/error.h"
#include "runtime/heap/ledger.h"
#include "runtime/ref.h"

namespace [[gnu::visibility("hidden")]] troop {

inline constexpr std::size_t unlimited = std::numeric_limits<std::size_t>::max();

class Charge;

class Budget : public RefCounted {
 public:
  explicit Budget(std::size_t bytesMax = unlimited) : bytesMax_(bytesMax) {}
  // `owner` is what errors of those below call it, such as "troop 'acme'". With `bytesReserved`
  // throws Error (overloaded, memory) where one above has less, with what it has and who reserved
  // the rest.
  Budget(Ref<Budget> parent, std::size_t bytesMax, std::size_t bytesReserved = 0,
         std::string owner = "the host");
  ~Budget() override;

  // Takes `bytes` until the Charge is destroyed; fails with overloaded/memory, naming the limit.
  Expected<Charge> charge(std::size_t bytes);

  // The same without an owner: every successful take() needs its give(). Collects nothing.
  [[nodiscard]] bool take(std::size_t bytes) noexcept;
  void give(std::size_t bytes) noexcept;

  // Has what was charged ahead of its use given back, as charge() does by itself before it fails;
  // false where there was nothing. Not where a lock is held that the end of a troop takes.
  virtual bool collect() const noexcept { return parent_ && parent_->collect(); }

  // Gives back what is reserved and not used; from now on it is refused like others.
  void endReservation() noexcept;

  std::size_t used() const noexcept;
  std::size_t peak() const noexcept { return ledger_.peak(); }
  std::size_t limit() const noexcept { return bytesMax_; }
  // What is left here and in all budgets above.
  std::size_t remaining() const noexcept;
  // The same with what was charged ahead of its use: cheaper, for those who ask often.
  std::size_t usedAtMost() const noexcept;
  std::size_t remainingAtLeast() const noexcept;

 private:
  // Takes everywhere or nowhere; the budget that refused, or null.
  const Budget* takeUpTo(std::size_t bytes) noexcept;
  // The same once more after what was charged ahead is back, where there was some.
  const Budget* takeOrCollect(std::size_t bytes) noexcept;
  Error refusal(std::size_t bytes) const;

  Ref<Budget> parent_;
  const std::size_t bytesMax_;
  const std::size_t bytesReserved_ = 0;
  const std::string owner_ = "the host";
  alignas(64) Ledger<> ledger_{parent_ ? &parent_->ledger_ : nullptr, bytesMax_, bytesReserved_};
  // Of the budgets below.
  std::atomic<std::size_t> reservations_{0};
  std::atomic<std::size_t> reservedBytes_{0};
};

// Bytes taken from a Budget, given back on destruction. Move-only; keeps the Budget alive.
class [[nodiscard]] Charge {
 public:
  Charge() = default;
  Charge(Ref<Budget> budget, std::size_t bytes) noexcept
      : budget_(std::move(budget)), bytes_(bytes) {}
  Charge(Charge&& other) noexcept
      : budget_(std::move(other.budget_)), bytes_(std::exchange(other.bytes_, 0)) {}
  Charge& operator=(Charge&& other) noexcept {
    if (this != &other) {
      release();
      budget_ = std::move(other.budget_);
      bytes_ = std::exchange(other.bytes_, 0);
    }
    return *this;
  }
  ~Charge() { release(); }

  void release() noexcept {
    if (bytes_ != 0) budget_->give(std::exchange(bytes_, 0));
    budget_.reset();
  }
  std::size_t bytes() const noexcept { return bytes_; }
  // Null for one that is empty.
  const Budget* budget() const noexcept { return budget_.get(); }

 private:
  Ref<Budget> budget_;
  std::size_t bytes_ = 0;
};

}  // namespace troop
