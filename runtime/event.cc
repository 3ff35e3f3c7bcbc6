#include "runtime/event.h"

namespace troop {

void Event::set() noexcept {
  // Who waits takes the lock before it returns, so the Event lives until it is released here.
  std::lock_guard lock(mutex_);
  set_.store(true, std::memory_order_release);
  waiting_.signalAll();
}

WaitResult Event::wait(Time deadline) {
  Waiter& waiter = Waiter::ofCaller();
  waiter.enter();
  return waiter.conclude(wait(deadline, Interruption::allowed), deadline);
}

WaitResult Event::waitNoThrow(Time deadline) noexcept {
  Waiter::ofCaller().giveWay();
  return wait(deadline, Interruption::allowed);
}

WaitResult Event::wait(Time deadline, Interruption interruption) {
  std::unique_lock lock(mutex_);
  if (isSet()) return WaitResult::signalled;
  return waiting_.wait(lock, deadline, interruption, "an event");
}

}  // namespace troop
