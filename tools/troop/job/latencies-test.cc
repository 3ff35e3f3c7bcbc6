#include "tools/troop/job/latencies.h"

#include <gtest/gtest.h>

namespace troop::job {
namespace {

TEST(Latencies, quantilesAreNearestRanks) {
  Latencies latencies;
  for (int i = 100; i >= 1; --i) latencies.add(Duration(i));
  EXPECT_EQ(latencies.quantile(0.5), Duration(50));
  EXPECT_EQ(latencies.quantile(0.99), Duration(99));
  EXPECT_EQ(latencies.quantile(0.991), Duration(100));
  EXPECT_EQ(latencies.quantile(1), Duration(100));
  EXPECT_EQ(latencies.quantile(0), Duration(1));
}

TEST(Latencies, oneCallIsAllItsQuantiles) {
  Latencies latencies;
  latencies.add(7us);
  EXPECT_EQ(latencies.quantile(0.5), 7us);
  EXPECT_EQ(latencies.quantile(0.99), 7us);
}

TEST(Latencies, noCallsHaveNoLatency) {
  EXPECT_EQ(Latencies{}.count(), 0u);
  EXPECT_EQ(Latencies{}.quantile(0.99), Duration(0));
}

TEST(Latencies, mergingKeepsEveryCall) {
  Latencies a, b;
  a.add(1us);
  b.add(3us);
  b.add(2us);
  a.merge(b);
  EXPECT_EQ(a.count(), 3u);
  EXPECT_EQ(a.quantile(0.5), 2us);
  EXPECT_EQ(a.quantile(1), 3us);
}

}  // namespace
}  // namespace troop::job
