#include "runtime/sharing/atomic.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "runtime/scope.h"
#include "runtime/sim/sweep.h"
#include "runtime/task.h"

namespace troop {
namespace {

enum class Light : unsigned char { red, green };

TROOP_TEST(Atomic, losesNoChange) {
  const Atomic<std::uint64_t> count = Atomic<std::uint64_t>::make(0);
  const Atomic<int> most = Atomic<int>::make(0);
  {
    Scope scope;
    for (int thread = 1; thread <= 8; ++thread) {
      scope.thread(
          [](Atomic<std::uint64_t> shared, Atomic<int> greatest, int number) {
            for (int i = 0; i < 100; ++i) {
              shared.add(2);
              shared.subtract(1);
              if (i % 10 == 0) yield();
            }
            greatest.update([number](int before) { return before < number ? number : before; });
          },
          count, most, thread);
    }
  }
  EXPECT_EQ(count.get(), 800);
  EXPECT_EQ(most.get(), 8);
}

TEST(Atomic, isSharedByItsCopies) {
  const Atomic<Light> light = Atomic<Light>::make(Light::red);
  const std::vector<Atomic<Light>> copies(2, light);
  copies.front().set(Light::green);
  EXPECT_EQ(light.get(), Light::green);
  EXPECT_TRUE(light.sharesWith(copies.back()));
  EXPECT_FALSE(light.sharesWith(Atomic<Light>::make(Light::green)));
}

TEST(Atomic, changesFromWhatIsExpected) {
  const Atomic<int> number = Atomic<int>::make(1);
  int expected = 2;
  EXPECT_FALSE(number.compareExchange(expected, 3));
  EXPECT_EQ(expected, 1);
  EXPECT_TRUE(number.compareExchange(expected, 3));
  EXPECT_EQ(number.exchange(4), 3);
  EXPECT_EQ(number.update([](int before) { return before * 2; }), 4);
  EXPECT_EQ(number.get(), 8);
}

TEST(Atomic, crossesToOtherThreadsAlsoWithinWhatIsFrozen) {
  static_assert(Sendable<Atomic<int>> && Freezable<Atomic<int>>);
}

}  // namespace
}  // namespace troop
