#include "runtime/base/ticks.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

namespace troop {
namespace {

using namespace std::chrono_literals;

TEST(Ticks, goOnlyForward) {
  std::chrono::nanoseconds before = ticks();
  for (int i = 0; i < 100'000; ++i) {
    const std::chrono::nanoseconds now = ticks();
    ASSERT_GE(now, before);
    before = now;
  }
}

// Whatever else the machine does: what both clocks saw lies between what was surely within and what
// was surely around.
TEST(Ticks, passAsFastAsTheSteadyClock) {
  const auto outerStart = std::chrono::steady_clock::now();
  const std::chrono::nanoseconds start = ticks();
  const auto innerStart = std::chrono::steady_clock::now();
  std::this_thread::sleep_for(50ms);
  const auto innerEnd = std::chrono::steady_clock::now();
  const std::chrono::nanoseconds end = ticks();
  const auto outerEnd = std::chrono::steady_clock::now();
  EXPECT_GE((end - start) * 1.05, innerEnd - innerStart);
  EXPECT_LE((end - start) * 0.95, outerEnd - outerStart);
}

}  // namespace
}  // namespace troop
