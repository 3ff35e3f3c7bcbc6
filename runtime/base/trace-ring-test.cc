#include "runtime/base/trace-ring.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace troop {
namespace {

TEST(TraceRing, tellsWhatWasAddedInOrder) {
  TraceRing ring;
  ring.makeRoom(4);
  EXPECT_TRUE(ring.events().empty());
  ring.add(7, TraceKind::runs, 70);
  ring.add(8, TraceKind::ends, 80);
  const std::vector<TraceEvent> events = ring.events();
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].time, 7U);
  EXPECT_EQ(events[0].kind, TraceKind::runs);
  EXPECT_EQ(events[0].about, 70U);
  EXPECT_EQ(events[1].kind, TraceKind::ends);
}

TEST(TraceRing, keepsTheLastOnes) {
  TraceRing ring;
  ring.makeRoom(4);
  for (std::uint64_t i = 0; i < 10; ++i) ring.add(i, TraceKind::runs, i);
  // The oldest could be the one that is about to be overwritten.
  const std::vector<TraceEvent> events = ring.events();
  ASSERT_EQ(events.size(), 3U);
  EXPECT_EQ(events.front().about, 7U);
  EXPECT_EQ(events.back().about, 9U);
}

TEST(TraceRing, forgets) {
  TraceRing ring;
  ring.makeRoom(4);
  ring.add(1, TraceKind::runs, 1);
  ring.forget();
  EXPECT_TRUE(ring.events().empty());
  ring.add(2, TraceKind::runs, 2);
  EXPECT_EQ(ring.events().size(), 1U);
}

// What is read while it is written is whole, and without gaps.
TEST(TraceRing, isReadWhileItIsWritten) {
  TraceRing ring;
  ring.makeRoom(64);
  std::atomic<bool> ends{false};
  std::thread writer([&] {
    for (std::uint64_t i = 1; !ends.load(); ++i) ring.add(i, TraceKind::wakes, i * 3);
  });
  for (int looks = 0; looks < 2000; ++looks) {
    std::uint64_t last = 0;
    for (const TraceEvent& event : ring.events()) {
      ASSERT_EQ(event.about, event.time * 3);
      if (last != 0) ASSERT_EQ(event.time, last + 1);
      last = event.time;
    }
  }
  ends.store(true);
  writer.join();
}

}  // namespace
}  // namespace troop
