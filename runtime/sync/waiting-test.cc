#include "runtime/sync/waiting.h"

#include <gtest/gtest.h>

#include <limits>

#include "runtime/scope.h"
#include "runtime/sim/sweep.h"
#include "runtime/task.h"

namespace troop::sync {
namespace {

TEST(Waiting, durationsSaturate) {
  EXPECT_EQ(durationOf(std::chrono::milliseconds(3)), 3ms);
  EXPECT_EQ(durationOf(std::chrono::milliseconds(-3)), 0ms);
  EXPECT_EQ(durationOf(std::chrono::hours::max()), forever);
  EXPECT_EQ(durationOf(std::chrono::duration<double>(std::numeric_limits<double>::infinity())),
            forever);
  EXPECT_EQ(durationOf(std::chrono::duration<double>(0.5)), 500ms);
  // Never too short.
  EXPECT_EQ(durationOf(std::chrono::duration<double, std::nano>(1.5)), Duration(2));
}

TROOP_TEST(Waiting, timesOfTheSteadyClockAreThoseOfTheRuntime) {
  const Time when = after(1h);
  EXPECT_EQ(timeOf(when), when);
  EXPECT_EQ(timeOf(never), never);
}

TROOP_TEST(Waiting, timesOfOtherClocksAreAsFarAway) {
  const Time before = now();
  EXPECT_GE(timeOf(std::chrono::system_clock::now() + 1h), before + 30min);
  EXPECT_LE(timeOf(std::chrono::system_clock::now() - 1h), now());
}

TROOP_TEST(Waiting, isNotInterruptedWhereNoWaitMayThrow) {
  EXPECT_EQ(interruptionHere(), Interruption::allowed);
  const MustNotThrow here;
  EXPECT_EQ(interruptionHere(), Interruption::deferred);
}

TEST(Waiting, ofAnOsThreadMayBeInterrupted) {
  EXPECT_EQ(interruptionHere(), Interruption::allowed);
  requireParks(Waiter::ofCaller());
}

}  // namespace
}  // namespace troop::sync
