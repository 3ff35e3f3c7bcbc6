#include "tools/troop/job/assessment.h"

#include <gtest/gtest.h>

namespace troop::job {
namespace {

using Faults = std::vector<std::string>;
using hosting::Fate;

const manifest::DocumentsJob::Attacker bomb{{"bomb", {}}, "killed: memory"};

TEST(Assessment, aTroopThatServesHasNoFault) {
  EXPECT_EQ(faultsOfServed("markdown", Fate{.verdict = "served"}), Faults{});
}

TEST(Assessment, whatAttackersCallWronglyIsNoFaultOfTheServer) {
  Fate fate{.verdict = "served"};
  fate.usage.callsServed = 98;
  fate.usage.callsFailed = 2;
  EXPECT_EQ(faultsOfServed("markdown", fate), Faults{});
}

TEST(Assessment, aServerThatDiedOrNeverServedIsAFault) {
  EXPECT_EQ(faultsOfServed("markdown", Fate{.verdict = "killed: memory 64 MiB reached",
                                            .deaths = {{"killed: memory 64 MiB reached", 1}}}),
            Faults{"troop 'markdown' died once: killed: memory 64 MiB reached"});
  EXPECT_EQ(faultsOfServed("markdown", Fate{.verdict = "idle"}),
            Faults{"troop 'markdown' should have served, but its verdict is: idle"});
}

TEST(Assessment, anAttackerThatDiesAsExpectedIsNoFault) {
  EXPECT_EQ(faultsOfAttacker(bomb, Fate{.verdict = "killed: memory 16 MiB reached",
                                        .deaths = {{"killed: memory 16 MiB reached", 12}}}),
            Faults{});
}

TEST(Assessment, anAttackerThatDiesOtherwiseEvenOnceIsAFault) {
  EXPECT_EQ(
      faultsOfAttacker(
          bomb, Fate{.verdict = "killed: memory 16 MiB reached",
                     .deaths = {{"killed: memory 16 MiB reached", 12}, {"failed: TypeError", 3}}}),
      Faults{"attacker 'bomb' should have ended with 'killed: memory', but 3 times with: failed: "
             "TypeError"});
}

TEST(Assessment, anAttackerThatLivesIsJudgedByItsLife) {
  EXPECT_EQ(faultsOfAttacker(bomb, Fate{.verdict = "idle"}),
            Faults{"attacker 'bomb' should have got 'killed: memory', but its verdict is: idle"});
  EXPECT_EQ(
      faultsOfAttacker({{"user", {}}, "refused: capability 'r'"},
                       Fate{.verdict = "refused: capability 'r' was revoked (9 calls refused)"}),
      Faults{});
}

TEST(Assessment, figuresAreThoseOfAllLives) {
  manifest::TroopEntry entry;
  entry.name.value = "bomb";
  Fate fate{.verdict = "killed: memory 16 MiB reached", .starts = 5};
  fate.usage.cpu = 70ms;
  fate.usage.cpuOver = 300us;
  fate.usage.cpuOnLoans = 20ms;
  fate.usage.memoryPeakBytes = 16 << 20;
  fate.usage.migrations = 4;
  const TroopFigures row = figures(entry, fate);
  EXPECT_EQ(row.name, "bomb");
  EXPECT_EQ(row.tier, "wasm");
  EXPECT_EQ(row.verdict, "killed: memory 16 MiB reached");
  EXPECT_EQ(row.cpu, 70ms);
  EXPECT_EQ(row.cpuOver, 300us);
  EXPECT_EQ(row.cpuOnLoans, 20ms);
  EXPECT_EQ(row.memoryPeakBytes, 16u << 20);
  EXPECT_EQ(row.restarts, 4u);
  EXPECT_EQ(row.migrations, 4u);
  EXPECT_EQ(figures(entry, Fate{}).restarts, 0u);
}

TEST(Assessment, whatIsWithinItsBoundsIsNoFault) {
  TroopFigures troop{.name = "markdown", .cpuOver = 2ms};
  troop.services = {{"all", LatencyFigures{1ms, 2ms, 500}, LatencyFigures{1ms, 11ms, 500}},
                    {"few", LatencyFigures{1ms, 2ms, 3}, LatencyFigures{1ms, 1s, 3}}};
  EXPECT_EQ(faultsOfBounds(troop), Faults{});
}

TEST(Assessment, whatIsOverABoundIsAFault) {
  TroopFigures troop{.name = "markdown", .cpuOver = 2500us};
  troop.services = {{"all", LatencyFigures{1ms, 2ms, 500}, LatencyFigures{1ms, 12ms, 500}}};
  EXPECT_EQ(
      faultsOfBounds(troop),
      (Faults{"troop 'markdown' answered all with a p99 of 12 ms under attack, over its bound "
              "of 11 ms, which is 5 ms plus 3 times the 2 ms alone",
              "troop 'markdown' used 2.5 ms past its limit of CPU time; 2 ticks of 1 ms are "
              "allowed"}));
}

TEST(Assessment, whatWasRefusedHasOnlyItsVerdict) {
  manifest::TroopEntry entry;
  entry.name.value = "truncated";
  const TroopFigures row = figuresOfRefused(entry, "refused: it ends too early");
  EXPECT_EQ(row.name, "truncated");
  EXPECT_EQ(row.verdict, "refused: it ends too early");
  EXPECT_EQ(row.restarts, 0u);
}

}  // namespace
}  // namespace troop::job
