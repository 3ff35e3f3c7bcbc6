#include "runtime/sync/stop-token.h"

#include <mutex>
#include <thread>

#include "runtime/heap/charge-caller.h"
#include "runtime/sync/caller.h"

namespace troop::sync {

StopState::StopState(Charge paid) noexcept : charge_(std::move(paid)) {}

Ref<StopState> StopState::make() {
  return makeRef<StopState>(chargeCaller(sizeof(StopState)));
}

bool StopState::request() noexcept {
  std::unique_lock lock(mutex_);
  if (requested_.exchange(true)) return false;
  caller_ = callerIdentity();
  while (StopCallback* callback = callbacks_.popFront()) {
    running_ = callback;
    lock.unlock();
    callback->call();
    // It may be gone, destroyed by itself.
    lock.lock();
    running_ = nullptr;
    awaitEnd_.signalAll();
  }
  return true;
}

bool StopState::add(StopCallback& callback) noexcept {
  std::lock_guard lock(mutex_);
  if (requested_.load()) return false;
  callbacks_.pushBack(callback);
  return true;
}

void StopState::remove(StopCallback& callback) noexcept {
  std::unique_lock lock(mutex_);
  if (callback.linked()) {
    callbacks_.remove(callback);
    return;
  }
  while (running_ == &callback && caller_ != callerIdentity()) {
    if (callerMayPark()) {
      awaitEnd_.wait(lock, never, Interruption::deferred, "a stop_callback that runs");
    } else {
      lock.unlock();
      std::this_thread::yield();
      lock.lock();
    }
  }
}

}  // namespace troop::sync
