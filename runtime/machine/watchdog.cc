#include "runtime/machine/watchdog.h"

namespace troop {

void Watchdog::wakeUp() noexcept {
  const std::lock_guard lock(mutex_);
  if (stopping_ || isAwake_.load()) return;
  isAwake_.store(true);
  if (started_) {
    changed_.notify_one();
    return;
  }
  started_ =
      thread_.start(
          "watchdog", [](void* self) noexcept { static_cast<Watchdog*>(self)->run(); }, this) == 0;
  isAwake_.store(started_);
}

void Watchdog::stop() noexcept {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify_one();
  }
  thread_.join();
}

void Watchdog::run() noexcept {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    lock.unlock();
    Duration pause = look_();
    lock.lock();
    if (pause == forever) {
      isAwake_.store(false);
      lock.unlock();
      pause = look_();
      lock.lock();
      if (pause == forever) {
        while (!isAwake_.load() && !stopping_) changed_.wait(lock);
        continue;
      }
      isAwake_.store(true);
    }
    const Time until = std::chrono::steady_clock::now() + pause;
    while (!stopping_ && changed_.wait_until(lock, until) != std::cv_status::timeout) {
    }
  }
}

}  // namespace troop
