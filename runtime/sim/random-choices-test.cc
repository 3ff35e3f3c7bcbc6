#include "runtime/sim/random-choices.h"

#include <gtest/gtest.h>

#include <array>

#include "runtime/sim/test-points.h"

namespace troop::sim {
namespace {

TEST(RandomChoices, areTheSameForTheSameSeed) {
  RandomChoices one(7);
  RandomChoices other(7);
  const TestPoint point(ChoiceKind::next, {{1}, {2}, {3}});
  for (int i = 0; i < 100; ++i) EXPECT_EQ(one.choose(point), other.choose(point));
}

TEST(RandomChoices, takeEachOptionAsOften) {
  RandomChoices choices(1);
  const TestPoint point(ChoiceKind::next, {{1}, {2}, {3}});
  std::array<int, 3> taken{};
  for (int i = 0; i < 3000; ++i) ++taken.at(choices.choose(point));
  for (const int count : taken) EXPECT_NEAR(count, 1000, 150);
}

TEST(RandomChoices, deviateAsSeldomAsAPointSays) {
  RandomChoices choices(1);
  const TestPoint point(ChoiceKind::preemption, {{1}, {2}, {3}}, 10);
  std::array<int, 3> taken{};
  for (int i = 0; i < 10'000; ++i) ++taken.at(choices.choose(point));
  EXPECT_NEAR(taken[0], 9000, 300);
  EXPECT_NEAR(taken[1], 500, 150);
  EXPECT_NEAR(taken[2], 500, 150);
}

}  // namespace
}  // namespace troop::sim
