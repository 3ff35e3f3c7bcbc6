// The processor's own counter as a clock for short times: reading it costs a third of asking the
// kernel's. It is used where the kernel tells time by it as well, which means that it runs
// steadily, in sleep too, and alike on all processors.
//
// Threads: any. Limits: the rate is measured once, to about a thousandth; differences of two
// readings are right to that, and the readings mean nothing by themselves.
//
//   const std::chrono::nanoseconds began = ticks();
//   work();
//   const std::chrono::nanoseconds took = ticks() - began;
#pragma once

#include <chrono>
#include <cstdint>

namespace [[gnu::visibility("hidden")]] troop {

// Time since an unknown moment. Where there is no such counter, that of the steady clock.
std::chrono::nanoseconds ticks() noexcept;

// The counter as it is, for who notes many moments and tells later when they were. Only where
// countsTicks() says that it is to be used.
inline std::uint64_t tickCount() noexcept {
#if defined(__x86_64__)
  return __builtin_ia32_rdtsc();
#else
  return 0;
#endif
}
bool countsTicks() noexcept;
// How long so many take, as ticks() would say.
std::chrono::nanoseconds durationOfTicks(std::uint64_t count) noexcept;

}  // namespace troop
