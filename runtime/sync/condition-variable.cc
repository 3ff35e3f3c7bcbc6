#include "runtime/sync/condition-variable.h"

#include "runtime/heap/charge-caller.h"

namespace troop::sync {

ConditionState::ConditionState(Charge paid) noexcept : charge_(std::move(paid)) {}

ConditionState::Arrival ConditionState::arrive() noexcept {
  std::lock_guard lock(mutex_);
  return notifications_;
}

WaitResult ConditionState::await(Arrival arrival, Waiter& waiter, Time deadline) {
  // A wait without a time has no result to tell by that it was interrupted.
  const Interruption interruption = deadline == never ? interruptionHere() : Interruption::allowed;
  std::unique_lock lock(mutex_);
  if (notifications_ != arrival) return WaitResult::signalled;
  return waiting_.wait(waiter, lock, deadline, interruption, "a condition variable");
}

void ConditionState::notifyOne() noexcept {
  std::lock_guard lock(mutex_);
  ++notifications_;
  waiting_.signalOne();
}

void ConditionState::notifyAll() noexcept {
  std::lock_guard lock(mutex_);
  ++notifications_;
  waiting_.signalAll();
}

ConditionCore::ConditionCore()
    : state_(makeRef<ConditionState>(chargeCaller(sizeof(ConditionState)))) {}

Waiter& ConditionCore::enter() {
  Waiter& waiter = Waiter::ofCaller();
  waiter.enter();
  requireParks(waiter);
  return waiter;
}

}  // namespace troop::sync
