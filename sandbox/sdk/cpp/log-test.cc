#include "sandbox/sdk/cpp/log.h"

#include <gtest/gtest.h>

#include <chrono>

#include "sandbox/sdk/cpp/testing/fake-host.h"

namespace troop::inline guest::testing {
namespace {

TEST(Log, hasLevelsAsTheHostNumbersThem) {
  FakeHost host;
  log("plain");
  log(LogLevel::debug, "d");
  log(LogLevel::warning, "w");
  log(LogLevel::error, "");
  EXPECT_EQ(host.takeEvents(), (Events{"log 1: plain", "log 0: d", "log 2: w", "log 3: "}));
}

TEST(Log, keepsAllBytesOfALine) {
  FakeHost host;
  log(std::string_view("a\0b", 3));
  EXPECT_EQ(host.takeEvents(), Events{"log 1: " + std::string("a\0b", 3)});
}

TEST(Clock, asksTheHostForTheOneThatIsMeant) {
  const FakeHost host;
  EXPECT_EQ(wallClock(), std::chrono::nanoseconds(7));
  EXPECT_EQ(monotonicClock(), std::chrono::nanoseconds(8));
  EXPECT_EQ(randomNumber(), 9u);
}

}  // namespace
}  // namespace troop::inline guest::testing
