// Time as Tasks see it: monotonic, in nanoseconds, real in a real Process and virtual in a
// simulated one.
//
// Ownership: times are values; a Clock outlives who was handed it. Threads: any. Limits: about 292
// years, where after() and saturatingAdd() stop, at `never`; real clocks read to the nanosecond,
// timers keep to about a millisecond under load. Fails: never. Misuse: `never` or `forever` in sums
// of one's own, which overflow; readings that are kept over a snapshot or sent to another machine.
//
//   Time deadline = after(50ms);
//   sleepUntil(deadline);          // runtime/task.h
#pragma once

#include <chrono>
#include <cstddef>

namespace [[gnu::visibility("hidden")]] troop {

using namespace std::chrono_literals;

using Duration = std::chrono::nanoseconds;
using Time = std::chrono::time_point<std::chrono::steady_clock, Duration>;

inline constexpr Time never = Time::max();
inline constexpr Duration forever = Duration::max();

// Where time comes from; handed to whoever needs it, so that a simulated run is the same code.
class Clock {
 public:
  virtual Time now() const noexcept = 0;

  // The same for how long slices take, where a cheaper one will do: only differences between two
  // readings on one OS thread mean something.
  virtual Time sliceTime() const noexcept { return now(); }

  // The clock that now() reads on this OS thread from here on; null: the steady clock.
  static void useOnThisThread(const Clock* clock) noexcept;

 protected:
  ~Clock() = default;
};

class SteadyClock final : public Clock {
 public:
  Time now() const noexcept override { return std::chrono::steady_clock::now(); }
  // The processor's counter, where the kernel itself tells time by it.
  Time sliceTime() const noexcept override;
};

// The clock of the Process whose Task is calling; the steady clock on any other OS thread.
Time now() noexcept;

// `now() + duration`, saturating at `never`.
Time after(Duration duration) noexcept;

// `start + duration`, saturating at `never`; a negative duration counts as zero.
Time saturatingAdd(Time start, Duration duration) noexcept;

namespace literals {
constexpr std::size_t operator""_KiB(unsigned long long n) {
  return n << 10;
}
constexpr std::size_t operator""_MiB(unsigned long long n) {
  return n << 20;
}
constexpr std::size_t operator""_GiB(unsigned long long n) {
  return n << 30;
}
}  // namespace literals

}  // namespace troop
