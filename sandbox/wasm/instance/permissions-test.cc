#include "sandbox/wasm/instance/permissions.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "runtime/testing/driven-clock.h"

namespace troop::sandbox::wasm {
namespace {

using namespace std::chrono_literals;

class Logging : public ::testing::Test {
 protected:
  allow::Log keeping(std::size_t bytesPerSecond, std::size_t lineBytesMax = 100) {
    return {.sink = [this](const allow::Log::Line& line) { lines.emplace_back(line.text); },
            .bytesPerSecond = bytesPerSecond,
            .lineBytesMax = lineBytesMax};
  }
  std::vector<std::string> lines;
};

TEST_F(Logging, linesGoOutWhenTheyAreFlushed) {
  Permissions permissions("g", {keeping(1000)});
  permissions.log(troop_log_info, "one");
  permissions.log(troop_log_error, "two");
  EXPECT_TRUE(lines.empty());
  permissions.flush();
  EXPECT_EQ(lines, (std::vector<std::string>{"one", "two"}));
  permissions.flush();
  EXPECT_EQ(lines.size(), 2u);
}

TEST_F(Logging, linesAreCutAndCleaned) {
  Permissions permissions("g", {keeping(1000, 6)});
  permissions.log(troop_log_info, "a\x1b[2J\tbcdef");
  permissions.log(troop_log_info, "line\nbreak");
  permissions.flush();
  EXPECT_EQ(lines, (std::vector<std::string>{"a [2J\t", "line b"}));
}

TEST_F(Logging, whatIsOverTheRateIsCountedAndReportedOnce) {
  tests::DrivenClock clock;
  const tests::UsesClock here(clock);
  Permissions permissions("g", {keeping(40'000)});
  for (int i = 0; i < 10'000; ++i) permissions.log(troop_log_info, "x");
  permissions.flush();
  const std::size_t before = lines.size();
  EXPECT_LT(before, 10'000u);
  clock.advance(10ms);
  permissions.log(troop_log_info, "again");
  permissions.flush();
  ASSERT_EQ(lines.size(), before + 2);
  EXPECT_TRUE(lines[before].ends_with("were dropped: more than 40000 bytes a second"))
      << lines[before];
  EXPECT_EQ(lines[before + 1], "again");
}

TEST_F(Logging, nothingIsKeptWithoutTheGrant) {
  Permissions permissions("g", {});
  permissions.log(troop_log_info, "one");
  permissions.flush();
  EXPECT_TRUE(lines.empty());
}

TEST(Permissions, timeStandsStillWithoutTheGrant) {
  const Permissions none("g", {});
  EXPECT_EQ(none.clock(troop_clock_wall), 0);
  EXPECT_EQ(none.clock(troop_clock_monotonic), 0);
}

TEST(Permissions, timeIsRoundedToItsResolution) {
  const Permissions permissions("g", {allow::Clock{.resolution = 1s}});
  EXPECT_GT(permissions.clock(troop_clock_wall), 1'700'000'000'000'000'000);
  EXPECT_EQ(permissions.clock(troop_clock_wall) % 1'000'000'000, 0);
  EXPECT_EQ(permissions.clock(troop_clock_monotonic) % 1'000'000'000, 0);
}

TEST(Permissions, chanceRepeatsUnlessItIsGranted) {
  const auto first = [](std::vector<Grant> grants) { return Permissions("g", grants).entropy(); };
  EXPECT_EQ(first({}), first({}));
  EXPECT_EQ(first({allow::Random{.seed = 5}}), first({allow::Random{.seed = 5}}));
  EXPECT_NE(first({allow::Random{.seed = 5}}), first({allow::Random{.seed = 6}}));
  EXPECT_NE(first({allow::Random{}}), first({allow::Random{}}));
  Permissions one("g", {});
  EXPECT_NE(one.entropy(), one.entropy());
}

}  // namespace
}  // namespace troop::sandbox::wasm
