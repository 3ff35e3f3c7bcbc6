#include "runtime/base/sleeping-place.h"

namespace troop {

bool SleepingPlace::sleep(std::unique_lock<std::mutex>& lock, Time due, Outside* outside,
                          const std::function<void()>& awake) noexcept {
  if (outside != nullptr) {
    outside_ = outside;
    lock.unlock();
    outside->sleep(due, awake);
    lock.lock();
    outside_ = nullptr;
    return due != never && due <= std::chrono::steady_clock::now();
  }
  if (due != never) return wakeUp_.wait_until(lock, due) == std::cv_status::timeout;
  wakeUp_.wait(lock);
  return false;
}

void SleepingPlace::rouse() noexcept {
  if (outside_ != nullptr) {
    outside_->wake();
  } else {
    wakeUp_.notify_one();
  }
}

}  // namespace troop
