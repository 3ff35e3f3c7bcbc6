// What is done once, by whoever comes first, with the shapes of the standard library's.
//
// Ownership: the flag is a member or a global. Threads: Tasks of any Thread and troop, and OS
// threads of the host. Limits: none of its own; what is done stays done. Fails: what the function
// throws is thrown, and the next one that comes, or waits, calls its own; Error (failed, deadlock)
// in a function that calls it again itself, Error (failed) in a coroutine that would have to wait.
// Cancellation: as mutex::lock(). Misuse: a function that waits for somebody who comes for the same
// flag, and so waits for it; a flag that is destroyed while somebody comes.
//
//   static troop::sync::once_flag flag;
//   troop::sync::call_once(flag, [] { load(); });
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <utility>

#include "runtime/sync/mutex.h"

namespace [[gnu::visibility("hidden")]] troop {
namespace sync {

// NOLINTBEGIN(readability-identifier-naming): the standard's names

class once_flag {
 public:
  constexpr once_flag() noexcept = default;

 private:
  template <typename F, typename... Arguments>
  friend void call_once(once_flag& flag, F&& function, Arguments&&... arguments);

  std::atomic<bool> done_{false};
  mutex mutex_;  // of who calls
};

template <typename F, typename... Arguments>
void call_once(once_flag& flag, F&& function, Arguments&&... arguments) {
  // Acquire: who sees it done sees what was done.
  if (flag.done_.load(std::memory_order_acquire)) return;
  const std::lock_guard lock(flag.mutex_);
  // Relaxed: written under the lock.
  if (flag.done_.load(std::memory_order_relaxed)) return;
  std::invoke(std::forward<F>(function), std::forward<Arguments>(arguments)...);
  flag.done_.store(true, std::memory_order_release);
}

// NOLINTEND(readability-identifier-naming)

}  // namespace sync
}  // namespace troop
