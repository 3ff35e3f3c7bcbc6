// Where one carrier sleeps: on a condition, or outside, where what comes from there wakes it, too.
//
// Ownership: its carrier. Threads: sleep() by its carrier, rouse() by any, both under the lock that
// protects why it sleeps. Misuse: sleeping outside without an Outside that was there before.
//
//   std::unique_lock lock(mutex);
//   while (asleep) place.sleep(lock, due, outside, [&] { wakeUnderTheLock(); });
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>

#include "runtime/base/outside.h"
#include "runtime/time.h"

namespace [[gnu::visibility("hidden")]] troop {

class SleepingPlace {
 public:
  // Returns when it was roused, at `due` at the latest, which is when it returns true, and sooner
  // without a reason. Where `outside` is not null it sleeps there, and returns after news as well,
  // before which awake() was called, without the lock; it calls leave() under it.
  bool sleep(std::unique_lock<std::mutex>& lock, Time due, Outside* outside,
             const std::function<void()>& awake) noexcept;

  void rouse() noexcept;

  // By awake(): who is there needs no rousing any more.
  void leave() noexcept { outside_ = nullptr; }

 private:
  Outside* outside_ = nullptr;  // where it sleeps now
  std::condition_variable wakeUp_;
};

}  // namespace troop
