#include "runtime/sync/semaphore.h"

#include <mutex>

namespace troop::sync {

void SemaphoreCore::release(std::ptrdiff_t more) noexcept {
  std::lock_guard lock(mutex_);
  // Who is woken has acquired, whatever else has happened to it meanwhile.
  while (more > 0 && waiting_.signalOne()) --more;
  count_ += more;
}

bool SemaphoreCore::tryAcquire() noexcept {
  std::lock_guard lock(mutex_);
  if (count_ == 0) return false;
  --count_;
  return true;
}

bool SemaphoreCore::acquire(Time deadline) {
  Waiter& waiter = Waiter::ofCaller();
  waiter.enter();
  WaitResult waited = WaitResult::signalled;
  {
    std::unique_lock lock(mutex_);
    if (count_ > 0) {
      --count_;
      return true;
    }
    requireParks(waiter);
    const Interruption interruption =
        deadline == never ? interruptionHere() : Interruption::allowed;
    waited = waiting_.wait(waiter, lock, deadline, interruption, "a semaphore");
  }
  return waiter.conclude(waited, deadline) == WaitResult::signalled;
}

}  // namespace troop::sync
