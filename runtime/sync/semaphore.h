// Semaphores with the shapes of the standard library's.
//
// Who waits longest gets what is released first. Ownership: a member or a local; it may be
// destroyed as soon as an acquire() has returned. Threads: Tasks of any Thread and troop, and OS
// threads of the host; what one has acquired another one may release. Limits: 2^63 - 1, whatever
// the type says is the least that it must bear. Fails: acquire() and those with a time as the waits
// of runtime/sync/condition-variable.h, in coroutines only where they would have to wait, and where
// no wait may throw as that says; the others never. Misuse: a count below 0, or releasing beyond
// the limit, which nobody checks.
//
//   troop::sync::counting_semaphore<8> places(8);
//   places.acquire();
#pragma once

#include <chrono>
#include <cstddef>
#include <limits>

#include "runtime/base/short-lock.h"
#include "runtime/sched/waiter.h"
#include "runtime/sync/waiting.h"
#include "runtime/time.h"

namespace [[gnu::visibility("hidden")]] troop {
namespace sync {

class SemaphoreCore {
 public:
  constexpr explicit SemaphoreCore(std::ptrdiff_t count) noexcept : count_(count) {}
  SemaphoreCore(const SemaphoreCore&) = delete;
  SemaphoreCore& operator=(const SemaphoreCore&) = delete;

  void release(std::ptrdiff_t more) noexcept;
  // False where `deadline` has passed first, or it was interrupted where no wait may throw.
  bool acquire(Time deadline);
  bool tryAcquire() noexcept;

 private:
  // Taking it costs what an exchange of the count would, and so who releases has touched it for the
  // last time before another one has acquired.
  ShortLock mutex_;  // protects all below
  std::ptrdiff_t count_;
  WaitList waiting_;
};

// NOLINTBEGIN(readability-identifier-naming): the standard's names

template <std::ptrdiff_t least = std::numeric_limits<std::ptrdiff_t>::max()>
class counting_semaphore {
  static_assert(least >= 0);

 public:
  static constexpr std::ptrdiff_t max() noexcept {
    return std::numeric_limits<std::ptrdiff_t>::max();
  }
  constexpr explicit counting_semaphore(std::ptrdiff_t count) noexcept : core_(count) {}

  void release(std::ptrdiff_t more = 1) noexcept { core_.release(more); }
  void acquire() { core_.acquire(never); }
  bool try_acquire() noexcept { return core_.tryAcquire(); }
  template <typename Rep, typename Period>
  bool try_acquire_for(const std::chrono::duration<Rep, Period>& duration) {
    return core_.acquire(after(durationOf(duration)));
  }
  template <typename Clock, typename Length>
  bool try_acquire_until(const std::chrono::time_point<Clock, Length>& when) {
    return core_.acquire(timeOf(when));
  }

 private:
  SemaphoreCore core_;
};

using binary_semaphore = counting_semaphore<1>;

// NOLINTEND(readability-identifier-naming)

}  // namespace sync
}  // namespace troop
