// GuestMemory is the account of what a guest takes: its linear memory, the native stack that its
// code has touched, and what the host keeps for it, under one limit, that of its troop's Budget.
//
// The engine grows a memory without asking us, up to a number that it is told beforehand. So before
// a guest runs, all that it could grow by is reserved; afterwards what it did not use is given
// back. What the host has to keep for it meanwhile is conceded from the reservation.
//
//   | linear memory, charged | reserved while it runs |
//   |<------- the limit that the engine is told ----->|
//
// Ownership: its Instance. Threads: the carrier that runs the guest; used() and peak() any.
//
//   memory.reserve();
//   store.limitMemory(memory.linearMax());
//   store.poll();
//   memory.settle(store.memoryBytes());
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <utility>

#include "runtime/budget.h"
#include "runtime/ref.h"

namespace troop::sandbox::wasm {

class GuestMemory {
 public:
  // `linear` is what linear memory has from the start. Throws Error (overloaded) where that is too
  // much.
  GuestMemory(Ref<Budget> budget, std::size_t linear)
      : budget_(std::move(budget)), initial_(budget_->charge(linear).value()), linear_(linear) {
    note();
  }
  ~GuestMemory() { release(); }
  GuestMemory(const GuestMemory&) = delete;
  GuestMemory& operator=(const GuestMemory&) = delete;

  const Ref<Budget>& budget() const noexcept { return budget_; }

  // Reserves for growth all that is left. Where that is little because of what others take, half of
  // it, so that they are not refused in the meantime.
  // `kept` is left for what others may charge to it meanwhile, or half of it all where that is
  // less.
  void reserve(std::size_t kept = 0) noexcept {
    const std::size_t own = budget_->limit() - std::min(budget_->limit(), budget_->usedAtMost());
    std::size_t left = budget_->remainingAtLeast();
    if (left < own) left = budget_->remaining();
    shortOfHost_ = left < own;
    const std::size_t growth = shortOfHost_ ? left / 2 : left - std::min(left / 2, kept);
    // Somebody may have been faster; then the guest does not grow in this turn.
    reserved_.store(budget_->take(growth) ? growth : 0, std::memory_order_relaxed);
  }

  // Whether the host, and not its own limit, bounded it the last time.
  bool shortOfHost() const noexcept { return shortOfHost_; }

  // How large linear memory may become.
  std::size_t linearMax() const noexcept {
    return linear_ + reserved_.load(std::memory_order_relaxed);
  }

  // Gives `bytes` of the reservation back, or what there is, to be charged for something else.
  // Linear memory has `linear` bytes now; what it was charged with before is never conceded, also
  // while a module's start function runs, when there is no memory to be seen.
  void concede(std::size_t bytes, std::size_t linear) noexcept {
    linear = std::max(linear, linear_);
    const std::size_t conceded = std::min(bytes, linearMax() - std::min(linear, linearMax()));
    reserved_.fetch_sub(conceded, std::memory_order_relaxed);
    budget_->give(conceded);
  }

  // Linear memory has this size now; it never shrinks, and before it is made it has its first size
  // already.
  void settle(std::size_t linear) noexcept {
    linear = std::max(linear, linear_);
    budget_->give(linearMax() - linear);
    reserved_.store(0, std::memory_order_relaxed);
    linear_ = linear;
    note();
  }

  // Its native stack has been touched this far; false where that does not fit under the limit.
  [[nodiscard]] bool chargeStack(std::size_t bytes) noexcept {
    if (bytes <= stack_) return true;
    if (!budget_->take(bytes - stack_)) return false;
    stack_ = bytes;
    note();
    return true;
  }

  // Linear memory and the stack are gone.
  void release() noexcept {
    budget_->give(linearMax() - initial_.bytes() + std::exchange(stack_, 0));
    initial_.release();
    reserved_.store(0, std::memory_order_relaxed);
    linear_ = 0;
  }

  // Takes part of what the host keeps into account for peak().
  void note() noexcept {
    const std::size_t now = used();
    if (now > peak_.load(std::memory_order_relaxed)) peak_.store(now, std::memory_order_relaxed);
  }

  std::size_t used() const noexcept {
    const std::size_t used = budget_->usedAtMost();
    return used - std::min(used, reserved_.load(std::memory_order_relaxed));
  }
  std::size_t peak() const noexcept {
    return std::max(peak_.load(std::memory_order_relaxed), used());
  }

 private:
  const Ref<Budget> budget_;
  Charge initial_;         // of linear_, what it had from the start
  std::size_t linear_;     // charged
  std::size_t stack_ = 0;  // charged
  bool shortOfHost_ = false;
  std::atomic<std::size_t> reserved_{0};  // charged on top of it, while the guest runs
  std::atomic<std::size_t> peak_{0};
};

}  // namespace troop::sandbox::wasm
