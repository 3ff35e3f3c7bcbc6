#include "runtime/base/trace-recorder.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>

namespace troop {
namespace {

TEST(TraceRecorder, keepsEachCarrierApart) {
  TraceRecorder recorder({.carriersMax = 2, .eventsOfEach = 64});
  recorder.add(0, 1, TraceKind::runs, 10);
  recorder.add(1, 2, TraceKind::runs, 20);
  recorder.add(TraceRecorder::outside, 3, TraceKind::wakes, 30);
  ASSERT_EQ(recorder.events(0).size(), 1U);
  EXPECT_EQ(recorder.events(0)[0].about, 10U);
  ASSERT_EQ(recorder.events(1).size(), 1U);
  EXPECT_EQ(recorder.events(1)[0].about, 20U);
  ASSERT_EQ(recorder.events(TraceRecorder::outside).size(), 1U);
  EXPECT_EQ(recorder.options().carriersMax, 2U);
  recorder.forget();
  EXPECT_TRUE(recorder.events(0).empty());
}

TEST(TraceRecorder, writesNamesInPieces) {
  TraceRecorder recorder({.carriersMax = 1, .eventsOfEach = 64});
  recorder.name(0, 5, 70, "a name of more than eight", "");
  std::string text;
  const std::vector<TraceEvent> events = recorder.events(0);
  ASSERT_EQ(events.size(), 6U);
  EXPECT_EQ(events.front().kind, TraceKind::names);
  EXPECT_EQ(events.front().about, 70U);
  for (std::size_t i = 1; i < 5; ++i) {
    EXPECT_EQ(events[i].kind, TraceKind::text);
    text.append(reinterpret_cast<const char*>(&events[i].about), 8);
  }
  EXPECT_EQ(text.substr(0, text.find('\0')), "a name of more than eight");
  EXPECT_EQ(events.back().kind, TraceKind::ofTroop);
}

TEST(TraceRecorder, readsTheClockNowAndThen) {
  TraceRecorder recorder({.carriersMax = 1, .eventsOfEach = 64, .timesEvery = 4});
  int read = 0;
  const auto clock = [&] { return std::uint64_t{100} + static_cast<std::uint64_t>(++read); };
  for (int i = 0; i < 8; ++i) recorder.addRun(0, 1, clock);
  EXPECT_EQ(read, 2);
  // What comes after the end of a slice has a time of its own.
  recorder.add(0, 200, TraceKind::ends, 1);
  recorder.addRun(0, 1, clock);
  EXPECT_EQ(read, 3);
}

TEST(TraceRecorder, isWrittenFromOutsideByMany) {
  TraceRecorder recorder({.carriersMax = 1, .eventsOfEach = 4096});
  std::vector<std::thread> writers;
  for (int i = 0; i < 4; ++i) {
    writers.emplace_back([&] {
      for (std::uint64_t n = 0; n < 500; ++n) {
        recorder.add(TraceRecorder::outside, n, TraceKind::wakes, n);
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(recorder.events(TraceRecorder::outside).size(), 2000U);
}

}  // namespace
}  // namespace troop
