#include "runtime/budget.h"

#include <gtest/gtest.h>

#include <string>
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
  EXPECT_EQ(tooMuch.error().reason(), "memory 10 KiB of the host is used up");
  EXPECT_EQ(right->used(), 0u);
  EXPECT_EQ(root->used(), 7_KiB);
}

TEST(Budget, namesWhoseLimitItWas) {
  const Ref<Budget> root = makeRef<Budget>(100_KiB);
  const Ref<Budget> acme = makeRef<Budget>(root, 10_KiB, 0, "troop 'acme'");
  const Ref<Budget> shop = makeRef<Budget>(acme, 20_KiB, 0, "troop 'shop'");
  EXPECT_EQ(shop->charge(30_KiB).error().reason(), "memory 20 KiB reached");
  EXPECT_EQ(shop->charge(15_KiB).error().reason(), "memory 10 KiB of troop 'acme' is used up");
  EXPECT_EQ(root->used(), 0u);
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

TEST(Budget, whatIsReservedIsThereWhateverOthersTake) {
  const Ref<Budget> root = makeRef<Budget>(10_KiB);
  const Ref<Budget> greedy = makeRef<Budget>(root, unlimited);
  {
    const Ref<Budget> modest = makeRef<Budget>(root, 8_KiB, 4_KiB);
    EXPECT_EQ(root->used(), 4_KiB);
    EXPECT_EQ(modest->used(), 0u);
    EXPECT_EQ(modest->remaining(), 8_KiB);
    ASSERT_TRUE(greedy->take(6_KiB));
    EXPECT_EQ(modest->remaining(), 4_KiB);
    ASSERT_TRUE(modest->take(4_KiB));
    EXPECT_EQ(root->used(), 10_KiB);
    EXPECT_FALSE(modest->take(1));
    EXPECT_EQ(modest->used(), 4_KiB);
    greedy->give(1_KiB);
    ASSERT_TRUE(modest->take(1_KiB));
    modest->give(3_KiB);
    EXPECT_EQ(root->used(), 9_KiB);
    modest->endReservation();
    EXPECT_EQ(root->used(), 7_KiB);
    modest->endReservation();
    modest->give(2_KiB);
    EXPECT_EQ(root->used(), 5_KiB);
    greedy->give(5_KiB);
  }
  EXPECT_EQ(root->used(), 0u);
}

TEST(Budget, refusesToReserveWhatIsNotThereWithFigures) {
  const Ref<Budget> root = makeRef<Budget>(10_KiB);
  const auto reasonOf = [&](std::size_t bytes) -> std::string {
    try {
      makeRef<Budget>(root, unlimited, bytes);
      return "reserved";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::overloaded);
      return error.reason();
    }
  };
  EXPECT_EQ(reasonOf(11_KiB), "it reserves 11 KiB, and 10 KiB of 10 KiB are left");
  const Ref<Budget> first = makeRef<Budget>(root, 8_KiB, 4_KiB);
  EXPECT_EQ(reasonOf(7_KiB),
            "it reserves 7 KiB, and 6 KiB of 10 KiB are left; 1 other reserves 4 KiB");
  EXPECT_EQ(reasonOf(6_KiB), "reserved");
  EXPECT_EQ(root->used(), 4_KiB);
}

TEST(Budget, reservationsStayExactWhateverThreadsDo) {
  const Ref<Budget> root = makeRef<Budget>(1000);
  const Ref<Budget> shared = makeRef<Budget>(root, 800, 200);
  const Ref<Budget> other = makeRef<Budget>(root, 700);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      const Ref<Budget>& budget = i % 2 == 0 ? shared : other;
      const std::size_t bytes = 90 + 70 * static_cast<std::size_t>(i);
      for (int n = 0; n < 20'000; ++n) {
        if (budget->take(bytes)) budget->give(bytes);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(shared->used(), 0u);
  EXPECT_EQ(root->used(), 200u);
  shared->endReservation();
  EXPECT_EQ(root->used(), 0u);
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
