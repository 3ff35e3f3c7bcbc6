#include "runtime/deadlock/wait-graph.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace troop::deadlock {
namespace {

using Needs = WaitGraph::Needs;
using Nodes = WaitGraph::Nodes;

std::size_t stuckCount(const WaitGraph& graph) {
  const std::vector<bool> stuck = graph.stuck();
  return static_cast<std::size_t>(std::ranges::count(stuck, true));
}

TEST(WaitGraph, hasNobodyStuckWhereOneGoesOn) {
  WaitGraph graph;
  const std::size_t first = graph.add(Needs::any), second = graph.add(Needs::any);
  const std::size_t runs = graph.add(Needs::any);
  graph.connect(first, second);
  graph.connect(second, runs);
  EXPECT_EQ(stuckCount(graph), 0u);
  EXPECT_TRUE(graph.knots(graph.stuck()).empty());
}

TEST(WaitGraph, findsACircleAndWhoWaitsForIt) {
  WaitGraph graph;
  for (int i = 0; i < 5; ++i) graph.add(Needs::any);
  graph.connect(0, 1);  // leads into it
  graph.connect(1, 2);
  graph.connect(2, 3);
  graph.connect(3, 1);
  graph.connect(4, 4);
  EXPECT_EQ(stuckCount(graph), 5u);
  const std::vector<Nodes> knots = graph.knots(graph.stuck());
  ASSERT_EQ(knots.size(), 2u);
  EXPECT_EQ(graph.circleOf(2, knots[0]), (Nodes{2, 3, 1}));
  EXPECT_EQ(graph.circleOf(4, knots[1]), (Nodes{4}));
}

TEST(WaitGraph, letsGoOnWhoNeedsAllWhereOneDoes) {
  WaitGraph graph;
  const std::size_t waits = graph.add(Needs::all), first = graph.add(Needs::any);
  const std::size_t second = graph.add(Needs::any);
  graph.connect(waits, first);
  graph.connect(waits, second);
  graph.connect(first, waits);
  graph.connect(second, waits);
  EXPECT_EQ(stuckCount(graph), 3u);
  EXPECT_EQ(graph.knots(graph.stuck()).size(), 1u);
  EXPECT_EQ(graph.circleOf(first, graph.knots(graph.stuck()).front()), (Nodes{first, waits}));
  graph.setFree(second);
  EXPECT_EQ(stuckCount(graph), 0u);
}

// Whoever it is that has one Task stuck of two.
TEST(WaitGraph, keepsStuckWhoNeedsAnyWhereOneDoesNotGoOn) {
  WaitGraph graph;
  const std::size_t joins = graph.add(Needs::any), inCircle = graph.add(Needs::any);
  const std::size_t runs = graph.add(Needs::any);
  graph.connect(joins, runs);
  graph.connect(joins, inCircle);
  graph.connect(inCircle, inCircle);
  EXPECT_EQ(stuckCount(graph), 2u);
}

TEST(WaitGraph, takesNoTimeForManyAndNoStack) {
  WaitGraph graph;
  constexpr std::size_t many = 200'000;
  for (std::size_t i = 0; i < many; ++i) graph.add(Needs::any);
  for (std::size_t i = 0; i < many; ++i) graph.connect(i, (i + 1) % many);
  const std::vector<Nodes> knots = graph.knots(graph.stuck());
  ASSERT_EQ(knots.size(), 1u);
  EXPECT_EQ(graph.circleOf(7, knots[0]).size(), many);
}

}  // namespace
}  // namespace troop::deadlock
