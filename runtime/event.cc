#include "runtime/event.h"

#include <mutex>

namespace troop {

void Event::set() noexcept {
  // Who waits takes the lock before it returns, so the Event lives until it is released here. Those
  // who were woken do not wait until the last of many is: one is held back meanwhile, so that the
  // Event lives also while the lock is not held, whenever deadlines of the others pass.
  constexpr int together = 64;
  std::unique_lock lock(mutex_);
  set_.store(true, std::memory_order_release);
  Waiter* const last = waiting_.holdLast();
  if (last == nullptr) return;
  for (;;) {
    for (int count = 0; count < together && waiting_.signalOne(); ++count) {
    }
    if (waiting_.empty()) break;
    lock.unlock();
    lock.lock();
  }
  WaitList::letGo(*last);
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

WaitResult Event::wait(Time deadline, Interruption interruption, const char* what) {
  std::unique_lock lock(mutex_);
  if (isSet()) return WaitResult::signalled;
  return waiting_.wait(lock, deadline, interruption, what);
}

}  // namespace troop
