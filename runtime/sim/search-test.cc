#include "runtime/sim/search.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

#include "runtime/scope.h"
#include "runtime/sim/simulation.h"
#include "runtime/task.h"
#include "runtime/testing/setting.h"

namespace troop::sim {
namespace {

using tests::Setting;

// Fails where the one Task comes between the two halves of the other.
void torn() {
  int value = 0;
  Scope scope;
  scope.task([&value] {
    value = 1;
    yield();
    value = 2;
  });
  scope.task([&value] {
    if (value == 1) throw std::logic_error("half of it");
  });
}

// Its Tasks can be run in two orders.
void harmless() {
  Scope scope;
  for (int i = 0; i < 2; ++i) scope.task([] {});
}

class SearchTest : public testing::TestWithParam<Strategy::Kind> {
 protected:
  const Setting noSeed_{"TROOP_SEED", nullptr};
  const Setting noStrategy_{"TROOP_STRATEGY", nullptr};
};

TEST_P(SearchTest, endsWithTheFirstRunThatFails) {
  const Searched searched = search({.by = GetParam()}, torn);
  ASSERT_TRUE(searched.failure);
  EXPECT_EQ(searched.failure->reason(), "half of it");
  EXPECT_LT(searched.runs, 100u);
}

TEST_P(SearchTest, whatItFoundIsRepeatedByItsLine) {
  const Searched searched = search({.by = GetParam()}, torn);
  ASSERT_TRUE(searched.failure);
  EXPECT_THROW(run({.seed = searched.failure->seed, .strategy = searched.failure->strategy}, torn),
               std::logic_error);
  const Setting seed("TROOP_SEED", std::to_string(searched.failure->seed).c_str());
  const Setting strategy("TROOP_STRATEGY", textOf(searched.failure->strategy).c_str());
  const Searched again = search({.by = GetParam()}, torn);
  ASSERT_TRUE(again.failure);
  EXPECT_EQ(again.runs, 1u);
  EXPECT_EQ(again.failure->replay(), searched.failure->replay());
}

TEST_P(SearchTest, runsAsManyAsItIsToldWhereNothingFails) {
  const Searched searched = search({.by = GetParam(), .runsMax = 3}, harmless);
  EXPECT_FALSE(searched.failure);
  EXPECT_LE(searched.runs, 3u);
}

INSTANTIATE_TEST_SUITE_P(By, SearchTest,
                         testing::Values(Strategy::Kind::random, Strategy::Kind::pct,
                                         Strategy::Kind::deviations));

using Exhausting = SearchTest;

TEST_F(Exhausting, tellsWhenThereIsNoOtherRun) {
  const Searched none = search({.by = Strategy::Kind::deviations, .deviationsMax = 0}, harmless);
  EXPECT_EQ(none.runs, 1u);
  EXPECT_TRUE(none.exhausted);
  const Searched all = search({.by = Strategy::Kind::deviations, .deviationsMax = 9}, harmless);
  EXPECT_TRUE(all.exhausted);
  EXPECT_GT(all.runs, 1u);
  EXPECT_FALSE(
      search({.by = Strategy::Kind::deviations, .runsMax = all.runs - 1, .deviationsMax = 9},
             harmless)
          .exhausted);
}

}  // namespace
}  // namespace troop::sim
