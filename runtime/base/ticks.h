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

namespace [[gnu::visibility("hidden")]] troop {

// Time since an unknown moment. Where there is no such counter, that of the steady clock.
std::chrono::nanoseconds ticks() noexcept;

}  // namespace troop
