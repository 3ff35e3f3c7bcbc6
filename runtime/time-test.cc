#include "runtime/time.h"

#include <gtest/gtest.h>

#include <thread>

#include "runtime/testing/driven-clock.h"

namespace troop {
namespace {

TEST(Time, endsAtNever) {
  EXPECT_EQ(after(forever), never);
  EXPECT_EQ(saturatingAdd(Time(1s), forever - 1ns), never);
  EXPECT_EQ(saturatingAdd(never, 1s), never);
  EXPECT_EQ(saturatingAdd(Time(1s), -1s), Time(1s));
  EXPECT_EQ(saturatingAdd(Time(1s), 2s), Time(3s));
}

TEST(Time, isThatOfTheOsThreadsClock) {
  {
    const tests::DrivenClock clock(Time(5s));
    const tests::UsesClock here(clock);
    EXPECT_EQ(now(), Time(5s));
    EXPECT_EQ(after(1s), Time(6s));
    std::thread([] { EXPECT_NE(now(), Time(5s)); }).join();
  }
  EXPECT_NE(now(), Time(5s));
}

}  // namespace
}  // namespace troop
