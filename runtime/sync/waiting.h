// What the waits of this folder have in common: when they are interrupted, who may wait at all, and
// how the standard's times become those of the runtime.
//
// Threads: any. Fails: requireParks() throws Error (failed) in a coroutine, which cannot wait in a
// plain call.
//
//   list_.wait(lock, never, interruptionHere(), "a latch");
#pragma once

#include <chrono>
#include <type_traits>

#include "runtime/sched/waiter.h"
#include "runtime/time.h"

namespace [[gnu::visibility("hidden")]] troop {
namespace sync {

// Whether cancellation ends a wait of the caller that has no result to tell it by: not while an
// exception unwinds, nor where the caller said MustNotThrow (runtime/task.h).
Interruption interruptionHere() noexcept;

// Before a wait, which is not of a coroutine.
void requireParks(const Waiter& waiter);

// After what every wait returns that has no result: what it means to the caller.
void conclude(Waiter& waiter, WaitResult waited);

// Saturating; what is less than nothing is nothing.
template <typename Rep, typename Period>
Duration durationOf(const std::chrono::duration<Rep, Period>& duration) {
  using Seconds = std::chrono::duration<double>;
  if (duration <= duration.zero()) return Duration::zero();
  if (Seconds(duration) >= Seconds(forever)) return forever;
  return std::chrono::ceil<Duration>(duration);
}

// On the steady clock, which in a simulated run is the virtual one: so a time is made there by
// after() of runtime/time.h, or a duration is given. On other clocks, as far away as it is now.
template <typename Clock, typename Length>
Time timeOf(const std::chrono::time_point<Clock, Length>& when) {
  if constexpr (std::is_same_v<Clock, std::chrono::steady_clock>) {
    return saturatingAdd(Time{}, durationOf(when.time_since_epoch()));
  } else {
    return after(durationOf(when - Clock::now()));
  }
}

}  // namespace sync
}  // namespace troop
