#include "runtime/sim/pct-choices.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <vector>

#include "runtime/sim/test-points.h"

namespace troop::sim {
namespace {

const std::vector<Actor> three{{1, 1}, {2, 1}, {3, 1}};

// Who goes on at each of `count` choices among the same three, who runs first of them.
std::vector<std::uint32_t> order(PctChoices& choices, int count) {
  std::vector<std::uint32_t> order;
  std::vector<Actor> ready = three;
  for (int i = 0; i < count; ++i) {
    const std::size_t chosen = choices.choose(TestPoint(ChoiceKind::preemption, ready));
    std::swap(ready[0], ready[chosen]);
    order.push_back(ready[0].thread);
  }
  return order;
}

int changesIn(const std::vector<std::uint32_t>& order) {
  int changes = 0;
  for (std::size_t i = 1; i < order.size(); ++i) changes += order[i] != order[i - 1] ? 1 : 0;
  return changes;
}

TEST(PctChoices, theOneOfHighestPriorityGoesOnAllTheTime) {
  std::set<std::uint32_t> first;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    PctChoices choices(seed, {.depth = 1, .steps = 100});
    const std::vector<std::uint32_t> went = order(choices, 100);
    EXPECT_EQ(changesIn(went), 0);
    first.insert(went.front());
  }
  EXPECT_EQ(first, (std::set<std::uint32_t>{1, 2, 3})) << "each has it in some run";
}

TEST(PctChoices, priorityFallsAtOneChoiceLessThanItsDepth) {
  std::map<int, int> runs;  // by how many changes they had
  std::set<std::uint32_t> endings;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    PctChoices choices(seed, {.depth = 3, .steps = 100});
    const std::vector<std::uint32_t> went = order(choices, 100);
    ++runs[changesIn(went)];
    endings.insert(went.back());
  }
  EXPECT_EQ(endings, (std::set<std::uint32_t>{1, 2, 3}));
  ASSERT_LE(runs.rbegin()->first, 2);
  EXPECT_GT(runs[2], 150) << "but where a change came at once, or two at the same choice";
}

TEST(PctChoices, whoYieldsLetsAllOthersGoFirst) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    PctChoices choices(seed, {.depth = 1, .steps = 100});
    const std::size_t best = choices.choose(TestPoint(ChoiceKind::next, three));
    TestPoint point(ChoiceKind::next, three);
    EXPECT_NE(choices.choose(point.yielded(three[best])), best);
    EXPECT_NE(choices.choose(TestPoint(ChoiceKind::next, three)), best) << "it stays so";
  }
}

TEST(PctChoices, nobodyKeepsOthersFromGoingOnForEver) {
  PctChoices choices(1, {.depth = 1, .steps = 100});
  EXPECT_GE(changesIn(order(choices, 2 * PctChoices::choicesMax)), 1);
}

TEST(PctChoices, whoHasYieldedGoesOnInTheEndWhereAnotherOneNeverWaits) {
  PctChoices choices(1, {.depth = 1, .steps = 100});
  std::size_t chosen = 0;
  for (unsigned i = 0; i < 2 * PctChoices::choicesMax && chosen == 0; ++i) {
    TestPoint point(ChoiceKind::preemption, {three[0], three[1]});
    chosen = choices.choose(point.yielded(three[1]));
  }
  EXPECT_EQ(chosen, 1u);
}

// About something else than who goes on.
class Fault final : public Point {
 public:
  explicit Fault(unsigned deviatesOneIn) : Point(ChoiceKind::delay, 4, {1, 1}, deviatesOneIn) {}
};

TEST(PctChoices, whatIsNotAboutWhoGoesOnIsDrawn) {
  PctChoices choices(1, {.depth = 3, .steps = 100});
  std::map<std::size_t, int> alike;
  std::map<std::size_t, int> seldom;
  for (int i = 0; i < 1000; ++i) {
    ++alike[choices.choose(Fault(0))];
    ++seldom[choices.choose(Fault(10))];
  }
  for (std::size_t option = 0; option < 4; ++option) {
    EXPECT_GT(alike[option], 150);
    EXPECT_GT(seldom[option], 5);
  }
  EXPECT_GT(seldom[0], 800);
}

TEST(PctChoices, areTheSameForTheSameSeed) {
  PctChoices one(5, {.depth = 4, .steps = 50});
  PctChoices other(5, {.depth = 4, .steps = 50});
  EXPECT_EQ(order(one, 100), order(other, 100));
}

}  // namespace
}  // namespace troop::sim
