#include "runtime/base/ticks.h"

#include <cstdint>
#include <fstream>
#include <string>

namespace troop {
namespace {

std::chrono::nanoseconds steadyTime() noexcept {
  return std::chrono::steady_clock::now().time_since_epoch();
}

// Nanoseconds of a tick in units of 2^-32; 0 where the counter is not to be used.
using Rate = std::uint64_t;
constexpr unsigned rateBits = 32;

#if defined(__x86_64__)

bool kernelTrustsCounter() {
  std::string source;
  std::ifstream("/sys/devices/system/clocksource/clocksource0/current_clocksource") >> source;
  return source == "tsc";
}

struct Reading {
  std::uint64_t ticks;
  std::chrono::nanoseconds time;
};

// Of several tries the one that took least, so that nothing came between the two clocks.
Reading readBoth() noexcept {
  constexpr int tries = 8;
  Reading best{};
  std::uint64_t least = ~std::uint64_t{0};
  for (int i = 0; i < tries; ++i) {
    const std::uint64_t before = tickCount();
    const std::chrono::nanoseconds time = steadyTime();
    const std::uint64_t took = tickCount() - before;
    if (took >= least) continue;
    least = took;
    best = {.ticks = before + took / 2, .time = time};
  }
  return best;
}

Rate measuredRate() {
  constexpr std::chrono::microseconds span{100};
  if (!kernelTrustsCounter()) return 0;
  const Reading start = readBoth();
  while (steadyTime() - start.time < span) {
  }
  const Reading end = readBoth();
  if (end.ticks <= start.ticks) return 0;
  const auto nanoseconds = static_cast<std::uint64_t>((end.time - start.time).count());
  return (nanoseconds << rateBits) / (end.ticks - start.ticks);
}

#endif

Rate rate() noexcept {
#if defined(__x86_64__)
  static const Rate measured = measuredRate();
  return measured;
#else
  return 0;
#endif
}

std::chrono::nanoseconds timeOf(std::uint64_t count, Rate rate) noexcept {
  const auto product = static_cast<unsigned __int128>(count) * rate;
  return std::chrono::nanoseconds(static_cast<std::int64_t>(product >> rateBits));
}

}  // namespace

std::chrono::nanoseconds ticks() noexcept {
  const Rate known = rate();
  return known != 0 ? timeOf(tickCount(), known) : steadyTime();
}

bool countsTicks() noexcept {
  return rate() != 0;
}

std::chrono::nanoseconds durationOfTicks(std::uint64_t count) noexcept {
  return timeOf(count, rate());
}

}  // namespace troop
