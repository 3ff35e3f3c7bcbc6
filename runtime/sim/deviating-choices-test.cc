#include "runtime/sim/deviating-choices.h"

#include <gtest/gtest.h>

#include <vector>

#include "runtime/sim/test-points.h"

namespace troop::sim {
namespace {

const TestPoint point(ChoiceKind::preemption, {{1}, {2}, {3}});

TEST(DeviatingChoices, doWhatIsDoneByDefaultButWhereTheListSaysSo) {
  DeviatingChoices choices({{.at = 1, .option = 2}, {.at = 3, .option = 1}});
  std::vector<std::size_t> chosen;
  for (int i = 0; i < 5; ++i) chosen.push_back(choices.choose(point));
  EXPECT_EQ(chosen, (std::vector<std::size_t>{0, 2, 0, 1, 0}));
}

TEST(DeviatingChoices, rememberHowManyOptionsThereWere) {
  DeviatingChoices choices({});
  choices.choose(point);
  choices.choose(TestPoint(ChoiceKind::next, {{1}, {2}}));
  EXPECT_EQ(choices.options(), (std::vector<std::uint32_t>{3, 2}));
}

TEST(DeviatingChoices, nobodyKeepsOthersFromGoingOnForEver) {
  DeviatingChoices choices({});
  for (unsigned i = 0; i < DeviatingChoices::goesOnAloneMax; ++i) {
    EXPECT_EQ(choices.choose(point), 0u);
  }
  EXPECT_EQ(choices.choose(point), 1u);
  EXPECT_EQ(choices.choose(point), 0u);
}

TEST(DeviatingChoices, anOptionThatIsNotThereIsAnotherOne) {
  DeviatingChoices choices({{.at = 0, .option = 7}});
  EXPECT_LT(choices.choose(point), 3u) << "the program is another one now, and goes on";
}

}  // namespace
}  // namespace troop::sim
