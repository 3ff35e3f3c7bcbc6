#include "runtime/time.h"

#include "runtime/base/ticks.h"

namespace troop {
namespace {

thread_local const Clock* threadClock = nullptr;

// Not inlined, so that no caller keeps the address of a thread-local variable over a switch; the
// empty assembly keeps link-time optimisation from finding out that it could.
[[gnu::noinline]] const Clock* clockOfThisThread() noexcept {
  asm volatile("");
  return threadClock;
}

}  // namespace

[[gnu::noinline]] void Clock::useOnThisThread(const Clock* clock) noexcept {
  asm volatile("");
  threadClock = clock;
}

Time SteadyClock::sliceTime() const noexcept {
  return Time(ticks());
}

Time now() noexcept {
  const Clock* clock = clockOfThisThread();
  return clock != nullptr ? clock->now() : Time(std::chrono::steady_clock::now());
}

Time saturatingAdd(Time start, Duration duration) noexcept {
  if (duration <= Duration::zero()) return start;
  return duration >= never - start ? never : start + duration;
}

Time after(Duration duration) noexcept {
  return duration == forever ? never : saturatingAdd(now(), duration);
}

}  // namespace troop
