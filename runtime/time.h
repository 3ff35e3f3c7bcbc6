// Time as Tasks see it: monotonic, in nanoseconds, real in a real Process and virtual in a simulated one.
//
//   Time deadline = after(50ms);
//   sleepUntil(deadline);          // runtime/task.h
#pragma once

#include <chrono>
#include <cstddef>

namespace troop {

using namespace std::chrono_literals;

using Duration = std::chrono::nanoseconds;
using Time = std::chrono::time_point<std::chrono::steady_clock, Duration>;

inline constexpr Time never = Time::max();
inline constexpr Duration forever = Duration::max();

// The clock of the Process whose Task is calling; the steady clock on any other OS thread.
Time now() noexcept;

// `now() + duration`, saturating at `never`.
Time after(Duration duration) noexcept;

namespace literals {
constexpr std::size_t operator""_KiB(unsigned long long n) { return n << 10; }
constexpr std::size_t operator""_MiB(unsigned long long n) { return n << 20; }
constexpr std::size_t operator""_GiB(unsigned long long n) { return n << 30; }
}  // namespace literals

}  // namespace troop
