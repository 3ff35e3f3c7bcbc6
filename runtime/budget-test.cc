#include "runtime/budget.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "runtime/time.h"

namespace troop {
namespace {

using namespace literals;

TEST(Budget, chargesUntilItsLimitAndGivesBack) {
  const Ref<Budget> budget = makeRef<Budget>(10_KiB);
  Expected<Charge> first = budget->charge(6_KiB);
  ASSERT_TRUE(first);
  Expected<Charge> second = budget->charge(5_KiB);
  ASSERT_TRUE(second.failed());
  EXPECT_EQ(second.error().kind(), ErrorKind::overloaded);
  EXPECT_EQ(second.error().detail(), ErrorDetail::memory);
  EXPECT_EQ(second.error().reason(), "memory 10 KiB reached");
  EXPECT_EQ(budget->used(), 6_KiB);
  first->release();
  EXPECT_EQ(budget->used(), 0u);
  EXPECT_EQ(budget->peak(), 6_KiB);
}

TEST(Budget, takesFromAllAboveOrFromNone) {
  const Ref<Budget> root = makeRef<Budget>(10_KiB);
  const Ref<Budget> left = makeRef<Budget>(root, 8_KiB);
  const Ref<Budget> right = makeRef<Budget>(root, unlimited);
  Expected<Charge> charge = left->charge(7_KiB);
  ASSERT_TRUE(charge);
  EXPECT_EQ(root->used(), 7_KiB);
  EXPECT_EQ(left->remaining(), 1_KiB);
  EXPECT_EQ(right->remaining(), 3_KiB);

  Expected<Charge> tooMuch = right->charge(4_KiB);
  ASSERT_TRUE(tooMuch.failed());
  EXPECT_EQ(tooMuch.error().reason(), "memory 10 KiB reached");
  EXPECT_EQ(right->used(), 0u);
  EXPECT_EQ(root->used(), 7_KiB);
}

TEST(Budget, refusesWhatWouldOverflowTheCount) {
  const Ref<Budget> budget = makeRef<Budget>(100);
  ASSERT_TRUE(budget->take(1));
  EXPECT_FALSE(budget->take(unlimited));
  EXPECT_FALSE(budget->take(unlimited - 1));
  EXPECT_EQ(budget->used(), 1u);
  budget->give(1);
  const Ref<Budget> boundless = makeRef<Budget>();
  ASSERT_TRUE(boundless->take(1));
  EXPECT_FALSE(boundless->take(unlimited));
  boundless->give(1);
}

TEST(Budget, ofNothingAllowsNothing) {
  const Ref<Budget> budget = makeRef<Budget>(0);
  EXPECT_TRUE(budget->charge(0));
  EXPECT_TRUE(budget->charge(1).failed());
  EXPECT_EQ(budget->remaining(), 0u);
}

TEST(Budget, aMovedChargeIsGivenBackOnce) {
  const Ref<Budget> budget = makeRef<Budget>(100);
  {
    Charge first = budget->charge(60).value();
    Charge second = std::move(first);
    EXPECT_EQ(first.bytes(), 0u);  // NOLINT(bugprone-use-after-move)
    EXPECT_EQ(second.bytes(), 60u);
    second = budget->charge(40).value();
    EXPECT_EQ(budget->used(), 40u);
  }
  EXPECT_EQ(budget->used(), 0u);
}

TEST(Budget, neverExceedsItsLimitWhateverThreadsDo) {
  const Ref<Budget> root = makeRef<Budget>(1000);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&root] {
      const Ref<Budget> own = makeRef<Budget>(root, 700);
      for (int n = 0; n < 20'000; ++n) {
        if (!own->take(300)) continue;
        own->give(300);
      }
      EXPECT_EQ(own->used(), 0u);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(root->used(), 0u);
  EXPECT_LE(root->peak(), 1000u);
}

}  // namespace
}  // namespace troop
