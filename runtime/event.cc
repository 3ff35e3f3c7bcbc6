#include "runtime/event.h"

#include <mutex>

namespace troop {

void Event::set() noexcept {
  // Who waits takes the lock before it returns, so the Event lives until it is released here. Those
  // who were woken do not wait until the last of many is: as long as one is left in the list, which
  // still has to take the lock, the Event lives also while it is not held.
  constexpr int together = 64;
  std::unique_lock lock(mutex_);
  set_.store(true, std::memory_order_release);
  while (!waiting_.empty()) {
    for (int count = 0; count < together && waiting_.signalOne(); ++count) {
    }
    if (waiting_.empty()) return;
    lock.unlock();
    lock.lock();
  }
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
