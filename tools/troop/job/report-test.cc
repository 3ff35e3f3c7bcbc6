#include "tools/troop/job/report.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

namespace troop::job {
namespace {

Report twoTroops() {
  Report report;
  report.troops.push_back({.name = "markdown",
                           .tier = "wasm",
                           .verdict = "served",
                           .cpu = 1234ms,
                           .cpuOnLoans = 250ms,
                           .cpuShare = 0.125,
                           .memoryPeakBytes = 3 << 20,
                           .callsServed = 550,
                           .callsFailed = 0,
                           .slices = 17,
                           .migrations = 3});
  report.troops.back().services = {
      {"all", LatencyFigures{1500us, 20ms, 250}, LatencyFigures{2ms, 65ms, 300}},
      {"spec", LatencyFigures{1500us, 20ms, 250}, LatencyFigures{2ms, 65001us, 300}},
      {"README", LatencyFigures{1ms, 2ms, 199}, std::nullopt},
      {"few", LatencyFigures{1ms, 2ms, 199}, LatencyFigures{1ms, 1s, 300}}};
  report.troops.push_back({.name = "bomb",
                           .tier = "wasm",
                           .verdict = "killed: memory 32 MiB reached",
                           .cpu = 5ms,
                           .cpuOver = 1500us,
                           .memoryPeakBytes = 32 << 20,
                           .restarts = 12});
  report.carriers = {{100, 4, 2s}, {90, 6, 1s}};
  report.load = LoadFigures{100, 30, 250, 0};
  return report;
}

TEST(Report, tableHasARowForEachTroopAndForEachKindOfDocuments) {
  EXPECT_EQ(
      table(twoTroops()),
      "troop     verdict                        restarts      CPU  on loan  share  past limit  "
      "peak memory\n"
      "markdown  served                                0  1234 ms   250 ms  12.5%              "
      "    3.0 MiB\n"
      "bomb      killed: memory 32 MiB reached        12  5.00 ms                     1.50 ms "
      "    32.0 MiB\n"
      "\n"
      "served by  documents  calls  p50 alone  attacked  p99 alone  attacked  bound  p99\n"
      "markdown   all          550    1.50 ms   2.00 ms      20 ms     65 ms  65 ms  "
      "within\n"
      "           spec         550    1.50 ms   2.00 ms      20 ms     65 ms  65 ms  OVER\n"
      "           README       199    1.00 ms              2.00 ms\n"
      "           few          499    1.00 ms   1.00 ms    2.00 ms   1000 ms  11 ms  too "
      "few calls\n"
      "\n"
      "The p99 under attack may be 5 ms plus 3 times the p99 alone; fewer than 200 calls have "
      "none\n"
      "Calls: 250 sent, 0 failed; 30 a second, of 100 that could be served\n"
      "CPU time past a limit: at most 1.50 ms, 1.50 ticks, by bomb; 2 ticks of 1 ms are allowed\n");
}

TEST(Report, theBoundIsSeenFromWhatWasMeasuredAlone) {
  ServiceFigures service{"all", LatencyFigures{1ms, 2ms, 200}, LatencyFigures{1ms, 11ms, 200}};
  EXPECT_EQ(service.bound(), 11ms);
  EXPECT_EQ(service.standing(), ServiceFigures::Standing::within);
  service.underAttack->p99 += 1us;
  EXPECT_EQ(service.standing(), ServiceFigures::Standing::over);
  service.underAttack->calls = 199;
  EXPECT_EQ(service.standing(), ServiceFigures::Standing::unknown);
  service.underAttack.reset();
  EXPECT_EQ(service.standing(), ServiceFigures::Standing::unknown);
}

TEST(Report, tableIsNoWiderThanATerminal) {
  Report report = twoTroops();
  report.troops.front().verdict = std::string(100, 'v') + "\u00fc";
  report.troops.front().services.front().documents = std::string(200, 'd');
  std::istringstream text(table(report));
  for (std::string line; std::getline(text, line);) EXPECT_LE(line.size(), tableColumnsMax) << line;
  EXPECT_NE(table(report).find("vvv...  "), std::string::npos) << table(report);
}

TEST(Report, tableIsToldInPartsOnANarrowTerminal) {
  Report report = twoTroops();
  report.load.reset();
  const std::string text = table(report, 60);
  EXPECT_NE(text.find("\n\ntroop     share  past limit"), std::string::npos) << text;
  EXPECT_NE(text.find("           README "), std::string::npos) << text;
}

TEST(Report, tableIsNotAtTheMercyOfWhatGuestsSay) {
  Report report;
  report.troops.push_back({.name = "a", .verdict = "failed: \x1b[2J\r\n\x7f \xc2\x9b ü"});
  report.troops.push_back({.name = "b", .verdict = std::string(100'000, 'x')});
  const std::string text = table(report);
  EXPECT_NE(text.find("failed:  [2J      ü  "), std::string::npos) << text;
  EXPECT_LT(text.size(), 1000u);
}

TEST(Report, longVerdictsAreCutBetweenCharacters) {
  Report report;
  std::string verdict;
  for (int i = 0; i < 59; ++i) verdict += "ü";
  verdict += "xü";
  report.troops.push_back({.name = "a", .verdict = verdict});
  EXPECT_NE(table(report).find("üüüx... "), std::string::npos) << table(report);
}

TEST(Report, jsonHasOneObjectWithAnEntryForEachTroop) {
  const auto object = nlohmann::json::parse(json(twoTroops()));
  ASSERT_EQ(object["troops"].size(), 2u);
  const auto& markdown = object["troops"][0];
  EXPECT_EQ(markdown["name"], "markdown");
  EXPECT_EQ(markdown["tier"], "wasm");
  EXPECT_EQ(markdown["verdict"], "served");
  EXPECT_DOUBLE_EQ(markdown["cpuMillis"], 1234);
  EXPECT_DOUBLE_EQ(markdown["cpuOnLoansMillis"], 250);
  EXPECT_EQ(markdown["memoryPeakBytes"], 3 << 20);
  EXPECT_EQ(markdown["callsServed"], 550);
  EXPECT_EQ(markdown["callsFailed"], 0);
  EXPECT_EQ(markdown["migrations"], 3);
  EXPECT_DOUBLE_EQ(markdown["cpuShare"], 0.125);
  ASSERT_EQ(markdown["latencyMicros"].size(), 4u);
  const auto& all = markdown["latencyMicros"][0];
  EXPECT_EQ(all["documents"], "all");
  EXPECT_DOUBLE_EQ(all["alone"]["p50"], 1500);
  EXPECT_DOUBLE_EQ(all["alone"]["p99"], 20000);
  EXPECT_DOUBLE_EQ(all["underAttack"]["p99"], 65000);
  EXPECT_EQ(all["underAttack"]["calls"], 300);
  EXPECT_DOUBLE_EQ(all["p99Bound"], 65000);
  EXPECT_EQ(all["standing"], "within");
  EXPECT_EQ(markdown["latencyMicros"][1]["standing"], "over");
  EXPECT_FALSE(markdown["latencyMicros"][2].contains("p99Bound"));
  EXPECT_EQ(markdown["latencyMicros"][3]["standing"], "unknown");
  const auto& bomb = object["troops"][1];
  EXPECT_EQ(bomb["restarts"], 12);
  EXPECT_DOUBLE_EQ(bomb["cpuOverMillis"], 1.5);
  EXPECT_DOUBLE_EQ(bomb["cpuOverTicks"], 1.5);
  EXPECT_FALSE(bomb.contains("latencyMicros"));
  EXPECT_FALSE(bomb.contains("cpuShare"));
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
  EXPECT_TRUE(table({}).starts_with("troop  verdict  restarts"));
  EXPECT_TRUE(nlohmann::json::parse(json({}))["troops"].empty());
}

}  // namespace
}  // namespace troop::job
