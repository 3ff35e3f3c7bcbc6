#include "runtime/trace/timeline.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace troop {
namespace trace {
namespace {

constexpr std::uint64_t one = 0x1000;
constexpr std::uint64_t other = 0x2000;

TEST(Timeline, isSlicesOfCarriers) {
  TraceRecorder recorder({.carriersMax = 2, .eventsOfEach = 64});
  recorder.add(0, 10, TraceKind::runs, one);
  recorder.add(1, 12, TraceKind::runs, other);
  recorder.add(0, 20, TraceKind::ends, one);
  recorder.add(1, 30, TraceKind::ends, other);
  const Timeline timeline(recorder);
  ASSERT_EQ(timeline.slices().size(), 2U);
  const Slice& first = timeline.slices()[0];
  EXPECT_EQ(first.carrier, 0U);
  EXPECT_EQ(first.begin, 0U);  // since the first event
  EXPECT_EQ(first.end, 10U);
  EXPECT_FALSE(first.woken);
  EXPECT_EQ(timeline.slices()[1].carrier, 1U);
  EXPECT_NE(timeline.slices()[1].life, first.life);
}

TEST(Timeline, endsASliceWhereTheNextBegins) {
  TraceRecorder recorder({.carriersMax = 1, .eventsOfEach = 64});
  recorder.add(0, 10, TraceKind::runs, one);
  recorder.add(0, 20, TraceKind::runs, other);
  recorder.add(0, 25, TraceKind::wakes, one);
  const Timeline timeline(recorder);
  ASSERT_EQ(timeline.slices().size(), 2U);
  EXPECT_EQ(timeline.slices()[0].end, 10U);
  EXPECT_EQ(timeline.slices()[1].end, 15U);  // what runs on, until the last event
}

TEST(Timeline, knowsWhatASliceFollows) {
  TraceRecorder recorder({.carriersMax = 2, .eventsOfEach = 64});
  recorder.add(0, 10, TraceKind::runs, one);
  recorder.add(0, 11, TraceKind::wakes, other);
  recorder.add(1, 14, TraceKind::runs, other);
  recorder.add(1, 15, TraceKind::ends, other);
  recorder.add(1, 16, TraceKind::runs, other);
  const Timeline timeline(recorder);
  const auto find = [&](std::uint64_t begin) {
    return *std::ranges::find(timeline.slices(), begin, &Slice::begin);
  };
  ASSERT_TRUE(find(4).woken);
  EXPECT_EQ(find(4).woken->carrier, 0U);
  EXPECT_EQ(find(4).woken->nanoseconds, 1U);
  EXPECT_FALSE(find(6).woken);  // nobody is known
}

TEST(Timeline, knowsWhatWasHandedOver) {
  TraceRecorder recorder({.carriersMax = 1, .eventsOfEach = 64});
  recorder.add(0, 10, TraceKind::runs, one);
  recorder.add(0, 12, TraceKind::runs, other);
  recorder.add(0, 12, TraceKind::isReady, one);
  recorder.add(0, 15, TraceKind::runs, one);
  recorder.add(0, 20, TraceKind::ends, one);
  const Timeline timeline(recorder);
  ASSERT_EQ(timeline.slices().size(), 3U);
  ASSERT_TRUE(timeline.slices()[1].woken);
  EXPECT_EQ(timeline.slices()[1].woken->nanoseconds, 2U);
  EXPECT_FALSE(timeline.slices()[2].woken);  // it was ready by itself
}

TEST(Timeline, namesEachLifeOfAnAddress) {
  TraceRecorder recorder({.carriersMax = 1, .eventsOfEach = 64});
  recorder.add(0, 1, TraceKind::starts, one);
  recorder.add(0, 10, TraceKind::runs, one);
  recorder.add(0, 20, TraceKind::finishes, one);
  recorder.name(0, 20, one, "the first, with a long name", "its troop");
  recorder.add(0, 20, TraceKind::ends, one);
  recorder.add(0, 25, TraceKind::starts, one);
  recorder.add(0, 30, TraceKind::begins, one);
  recorder.name(0, 30, one, "the second", "");
  recorder.add(0, 40, TraceKind::ends, one);
  Timeline timeline(recorder);
  ASSERT_EQ(timeline.slices().size(), 2U);
  const Life& first = timeline.lives()[timeline.slices()[0].life];
  EXPECT_EQ(first.name, "the first, with a long name");
  EXPECT_EQ(first.troop, "its troop");
  EXPECT_EQ(timeline.lives()[timeline.slices()[1].life].name, "the second");
}

TEST(Timeline, isToldTheNamesOfThoseThatLive) {
  TraceRecorder recorder({.carriersMax = 1, .eventsOfEach = 64});
  recorder.add(0, 10, TraceKind::runs, one);
  recorder.add(0, 20, TraceKind::ends, one);
  Timeline timeline(recorder);
  timeline.nameLiving(one, "lives", "there");
  timeline.nameLiving(other, "was never seen", "");
  EXPECT_EQ(timeline.lives()[timeline.slices()[0].life].name, "lives");
}

TEST(Timeline, spreadsChangesThatHaveNoTimeOfTheirOwn) {
  TraceRecorder recorder({.carriersMax = 1, .eventsOfEach = 64, .timesEvery = 4});
  std::uint64_t now = 100;
  const auto clock = [&] { return now; };
  for (int i = 0; i < 8; ++i, now += 10) recorder.addRun(0, i % 2 == 0 ? one : other, clock);
  recorder.add(0, 180, TraceKind::ends, other);
  const Timeline timeline(recorder);
  ASSERT_EQ(timeline.slices().size(), 8U);
  for (std::uint64_t i = 0; i < 8; ++i) {
    EXPECT_EQ(timeline.slices()[i].begin, i * 10);
    EXPECT_EQ(timeline.slices()[i].end, i * 10 + 10);
  }
}

TEST(Timeline, hasATimeForWhatBeginsASlice) {
  TraceRecorder recorder({.carriersMax = 1, .eventsOfEach = 64, .timesEvery = 4});
  recorder.add(0, 10, TraceKind::begins, one);
  recorder.add(0, 20, TraceKind::ends, one);
  recorder.add(0, 21, TraceKind::isReady, one);  // as it is settled
  for (int i = 0; i < 2; ++i) {
    recorder.addRun(0, one, [] { return std::uint64_t{1000}; });
    recorder.add(0, 1010, TraceKind::ends, one);
  }
  const Timeline timeline(recorder);
  ASSERT_EQ(timeline.slices().size(), 3U);
  EXPECT_EQ(timeline.slices()[1].begin, 990U);
}

TEST(Timeline, beginsAnywhere) {
  TraceRecorder recorder({.carriersMax = 1, .eventsOfEach = 64});
  recorder.add(0, 1, TraceKind::text, 0x41);
  recorder.add(0, 2, TraceKind::ends, one);
  recorder.add(0, 3, TraceKind::finishes, one);
  EXPECT_TRUE(Timeline(recorder).slices().empty());
}

}  // namespace
}  // namespace trace
}  // namespace troop
