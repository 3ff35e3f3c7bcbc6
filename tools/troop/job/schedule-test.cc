#include "tools/troop/job/schedule.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace troop::job {
namespace {

TEST(Mix, spreadsItemsEvenly) {
  Mix mix({5, 1, 1});
  std::string order;
  for (int i = 0; i < 14; ++i) order += static_cast<char>('a' + mix.next());
  EXPECT_EQ(order, "aabacaaaabacaa");
}

TEST(Mix, keepsProportionsInEveryStretch) {
  Mix mix({90, 9, 1, 0});
  std::vector<int> counts(4);
  for (int stretch = 0; stretch < 50; ++stretch) {
    std::vector<int> stretchCounts(4);
    for (int i = 0; i < 100; ++i) ++stretchCounts[mix.next()];
    EXPECT_EQ(stretchCounts, (std::vector<int>{90, 9, 1, 0}));
  }
}

TEST(PoissonSchedule, isTheSameForTheSameSeed) {
  const auto first = poissonSchedule(Mix({1, 2}), 100, 5s, 7);
  const auto again = poissonSchedule(Mix({1, 2}), 100, 5s, 7);
  const auto other = poissonSchedule(Mix({1, 2}), 100, 5s, 8);
  ASSERT_EQ(first.size(), again.size());
  EXPECT_TRUE(std::equal(
      first.begin(), first.end(), again.begin(),
      [](const DueCall& a, const DueCall& b) { return a.due == b.due && a.item == b.item; }));
  ASSERT_FALSE(other.empty());
  EXPECT_NE(first.front().due, other.front().due);
}

TEST(PoissonSchedule, keepsTheRateAndTheLengthInOrder) {
  const auto calls = poissonSchedule(Mix({1}), 200, 50s, 3);
  // 10,000 calls are expected, with a standard deviation of 100.
  EXPECT_GT(calls.size(), 9'500u);
  EXPECT_LT(calls.size(), 10'500u);
  EXPECT_TRUE(std::is_sorted(calls.begin(), calls.end(),
                             [](const DueCall& a, const DueCall& b) { return a.due < b.due; }));
  EXPECT_GE(calls.front().due, Duration(0));
  EXPECT_LT(calls.back().due, 50s);
}

// In a Poisson process the gaps vary as much as they are long on average.
TEST(PoissonSchedule, gapsAreExponential) {
  const auto calls = poissonSchedule(Mix({1}), 100, 100s, 11);
  double sum = 0, squares = 0;
  for (std::size_t i = 1; i < calls.size(); ++i) {
    const double gap = std::chrono::duration<double>(calls[i].due - calls[i - 1].due).count();
    sum += gap;
    squares += gap * gap;
  }
  const double mean = sum / static_cast<double>(calls.size() - 1);
  const double variance = squares / static_cast<double>(calls.size() - 1) - mean * mean;
  EXPECT_NEAR(mean, 0.01, 0.0005);
  EXPECT_NEAR(variance / (mean * mean), 1, 0.1);
}

TEST(PoissonSchedule, noTimeHasNoCalls) {
  EXPECT_TRUE(poissonSchedule(Mix({1}), 100, Duration(0), 1).empty());
}

}  // namespace
}  // namespace troop::job
