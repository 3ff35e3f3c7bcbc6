#include "runtime/sync/condition-variable.h"

namespace troop::sync {

ConditionCore::~ConditionCore() {
  std::unique_lock lock(mutex_);
  while (waiters_ != 0) {
    destroying_.wait(lock, never, Interruption::deferred, "those who were notified");
  }
}

Waiter& ConditionCore::enter() {
  Waiter& waiter = Waiter::ofCaller();
  waiter.enter();
  requireParks(waiter);
  return waiter;
}

void ConditionCore::notifyOne() noexcept {
  std::lock_guard lock(mutex_);
  ++notifications_;
  waiting_.signalOne();
}

void ConditionCore::notifyAll() noexcept {
  std::lock_guard lock(mutex_);
  ++notifications_;
  waiting_.signalAll();
}

ConditionCore::Arrived::Arrived(ConditionCore& core) noexcept : core_(core) {
  std::lock_guard lock(core_.mutex_);
  ++core_.waiters_;
  notifications_ = core_.notifications_;
}

ConditionCore::Arrived::~Arrived() {
  std::lock_guard lock(core_.mutex_);
  if (--core_.waiters_ == 0) core_.destroying_.signalAll();
}

WaitResult ConditionCore::Arrived::await(Waiter& waiter, Time deadline) const {
  // A wait without a time has no result to tell by that it was interrupted.
  const Interruption interruption = deadline == never ? interruptionHere() : Interruption::allowed;
  std::unique_lock lock(core_.mutex_);
  if (core_.notifications_ != notifications_) return WaitResult::signalled;
  return core_.waiting_.wait(waiter, lock, deadline, interruption, "a condition variable");
}

}  // namespace troop::sync
