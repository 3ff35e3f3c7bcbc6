// A Budget is a ledger of memory: who is charged how many bytes, now and at most. Budgets form a
// tree; a charge is taken from the budget and from every budget above it, or from none.
//
// Threads: any. Limits: bytes; `unlimited` for none. Errors: a charge over a limit is refused,
// nothing is taken. Misuse: a Budget must outlive its Charges and its children (a Troop keeps its
// own alive).
//
//   Budget acme{process.memory(), 256_MiB};
//   Expected<Charge> charge = acme.charge(4096);
//   acme.used();                     // 4096, until the Charge is destroyed
#pragma once

#include <atomic>
#include <cstddef>
#include <limits>
#include <utility>

#include "runtime/error.h"
#include "runtime/ref.h"

namespace troop {

inline constexpr std::size_t unlimited = std::numeric_limits<std::size_t>::max();

class Charge;

class Budget : public RefCounted {
 public:
  explicit Budget(std::size_t bytesMax = unlimited) : bytesMax_(bytesMax) {}
  Budget(Ref<Budget> parent, std::size_t bytesMax)
      : parent_(std::move(parent)), bytesMax_(bytesMax) {}

  // Takes `bytes` until the Charge is destroyed; fails with overloaded/memory, naming the limit.
  Expected<Charge> charge(std::size_t bytes);

  // The same without an owner: every successful take() needs its give().
  [[nodiscard]] bool take(std::size_t bytes) noexcept;
  void give(std::size_t bytes) noexcept;

  std::size_t used() const noexcept { return used_.load(std::memory_order_relaxed); }
  std::size_t peak() const noexcept { return peak_.load(std::memory_order_relaxed); }
  std::size_t limit() const noexcept { return bytesMax_; }
  // What is left here and in all budgets above.
  std::size_t remaining() const noexcept;

 private:
  // Takes everywhere or nowhere; the budget that refused, or null.
  const Budget* takeUpTo(std::size_t bytes) noexcept;
  bool takeHere(std::size_t bytes) noexcept;
  void giveHere(std::size_t bytes) noexcept;

  Ref<Budget> parent_;
  const std::size_t bytesMax_;  // used_ never exceeds it
  std::atomic<std::size_t> used_{0};
  std::atomic<std::size_t> peak_{0};
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

 private:
  Ref<Budget> budget_;
  std::size_t bytes_ = 0;
};

}  // namespace troop
