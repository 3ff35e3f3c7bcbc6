#include "runtime/sync/latch.h"

#include "runtime/base/check.h"
#include "runtime/sync/waiting.h"

namespace troop::sync {

void latch::count_down(std::ptrdiff_t count) noexcept {
  std::lock_guard lock(mutex_);
  check(count <= missing_, "no more come to a latch than are expected");
  missing_ -= count;
  if (missing_ == 0) waiting_.signalAll();
}

bool latch::try_wait() const noexcept {
  std::lock_guard lock(mutex_);
  return missing_ == 0;
}

void latch::wait() const {
  Waiter& waiter = Waiter::ofCaller();
  waiter.enter();
  WaitResult waited = WaitResult::signalled;
  {
    std::unique_lock lock(mutex_);
    if (missing_ == 0) return;
    requireParks(waiter);
    waited = waiting_.wait(waiter, lock, never, interruptionHere(), "a latch");
  }
  waiter.conclude(waited, never);
}

BarrierCore::Arrival BarrierCore::arrive(std::ptrdiff_t count) noexcept {
  std::lock_guard lock(mutex_);
  check(count <= missing_, "no more come to a barrier than are expected");
  missing_ -= count;
  return {.phase = phase_, .last = missing_ == 0};
}

void BarrierCore::drop() noexcept {
  std::lock_guard lock(mutex_);
  --expected_;
}

void BarrierCore::beginNext() noexcept {
  std::lock_guard lock(mutex_);
  missing_ = expected_;
  ++phase_;
  waiting_.signalAll();
}

void BarrierCore::await(Phase phase) {
  Waiter& waiter = Waiter::ofCaller();
  waiter.enter();
  WaitResult waited = WaitResult::signalled;
  {
    std::unique_lock lock(mutex_);
    if (phase_ != phase) return;
    requireParks(waiter);
    waited = waiting_.wait(waiter, lock, never, interruptionHere(), "a barrier");
  }
  waiter.conclude(waited, never);
}

}  // namespace troop::sync
