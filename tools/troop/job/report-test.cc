#include "tools/troop/job/report.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace troop::job {
namespace {

Report twoTroops() {
  Report report;
  report.troops.push_back({.name = "markdown",
                           .tier = "wasm",
                           .verdict = "served",
                           .cpu = 1234ms,
                           .memoryPeakBytes = 3 << 20,
                           .callsServed = 250,
                           .callsFailed = 0,
                           .slices = 17,
                           .migrations = 3,
                           .alone = LatencyFigures{1500us, 20ms, 100},
                           .underAttack = LatencyFigures{2ms, 31500us, 150}});
  report.troops.push_back({.name = "bomb",
                           .tier = "wasm",
                           .verdict = "killed: memory 32 MiB reached",
                           .cpu = 5ms,
                           .memoryPeakBytes = 32 << 20,
                           .restarts = 12});
  report.carriers = {{100, 4, 2s}, {90, 6, 1s}};
  report.load = LoadFigures{100, 30, 250, 0};
  return report;
}

TEST(Report, tableHasARowForEachTroopWithItsColumnsAligned) {
  EXPECT_EQ(table(twoTroops()),
            "troop     tier  verdict                            CPU  peak memory  served  failed"
            "  p50 alone  p99 alone  p50 attacked  p99 attacked  restarts\n"
            "markdown  wasm  served                         1234 ms      3.0 MiB     250       0"
            "    1.50 ms      20 ms       2.00 ms         32 ms         0\n"
            "bomb      wasm  killed: memory 32 MiB reached  5.00 ms     32.0 MiB       0       0"
            "                                                          12\n");
}

TEST(Report, tableIsNotAtTheMercyOfWhatGuestsSay) {
  Report report;
  report.troops.push_back({.name = "a", .verdict = "failed: \x1b[2J\r\n\x7f \xc2\x9b ü"});
  report.troops.push_back({.name = "b", .verdict = std::string(100'000, 'x')});
  const std::string text = table(report);
  EXPECT_NE(text.find("failed: ?[2J??? ? ü  "), std::string::npos) << text;
  EXPECT_LT(text.size(), 1000u);
}

TEST(Report, longVerdictsAreCutBetweenCharacters) {
  Report report;
  std::string verdict(119, 'x');
  verdict += "üü";
  report.troops.push_back({.name = "a", .verdict = verdict});
  EXPECT_NE(table(report).find("xxx... "), std::string::npos);
}

TEST(Report, jsonHasOneObjectWithAnEntryForEachTroop) {
  const auto object = nlohmann::json::parse(json(twoTroops()));
  ASSERT_EQ(object["troops"].size(), 2u);
  const auto& markdown = object["troops"][0];
  EXPECT_EQ(markdown["name"], "markdown");
  EXPECT_EQ(markdown["tier"], "wasm");
  EXPECT_EQ(markdown["verdict"], "served");
  EXPECT_DOUBLE_EQ(markdown["cpuMillis"], 1234);
  EXPECT_EQ(markdown["memoryPeakBytes"], 3 << 20);
  EXPECT_EQ(markdown["callsServed"], 250);
  EXPECT_EQ(markdown["callsFailed"], 0);
  EXPECT_EQ(markdown["migrations"], 3);
  EXPECT_DOUBLE_EQ(markdown["latencyMicros"]["alone"]["p50"], 1500);
  EXPECT_DOUBLE_EQ(markdown["latencyMicros"]["alone"]["p99"], 20000);
  EXPECT_DOUBLE_EQ(markdown["latencyMicros"]["underAttack"]["p99"], 31500);
  EXPECT_EQ(markdown["latencyMicros"]["underAttack"]["calls"], 150);
  const auto& bomb = object["troops"][1];
  EXPECT_EQ(bomb["restarts"], 12);
  EXPECT_FALSE(bomb.contains("latencyMicros"));
  EXPECT_EQ(object["carriers"][1]["steals"], 6);
  EXPECT_DOUBLE_EQ(object["load"]["sentPerSecond"], 30);
  EXPECT_TRUE(object["faults"].empty());
}

TEST(Report, jsonIsValidWhateverGuestsSay) {
  Report report;
  report.troops.push_back({.name = "a", .verdict = "failed: \xff\xfe \"quoted\" \n"});
  report.faults = {"troop 'a' failed"};
  const auto object = nlohmann::json::parse(json(report));
  EXPECT_EQ(object["troops"][0]["verdict"], "failed: \uFFFD\uFFFD \"quoted\" \n");
  EXPECT_EQ(object["faults"][0], "troop 'a' failed");
  EXPECT_FALSE(object.contains("load"));
}

TEST(Report, ofNothingIsStillATableAndJson) {
  EXPECT_TRUE(table({}).starts_with("troop  tier  verdict"));
  EXPECT_TRUE(nlohmann::json::parse(json({}))["troops"].empty());
}

}  // namespace
}  // namespace troop::job
