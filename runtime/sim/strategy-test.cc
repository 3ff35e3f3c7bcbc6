#include "runtime/sim/strategy.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "runtime/error.h"
#include "runtime/testing/setting.h"

namespace troop::sim {
namespace {

using tests::Setting;

TEST(Strategy, isReadAsItIsWritten) {
  for (const Strategy& strategy :
       {Strategy::random(), Strategy::pct(3, 500), Strategy::deviations({}),
        Strategy::deviations({{.at = 17, .option = 1}, {.at = 40, .option = 2}})}) {
    const std::string text = textOf(strategy);
    EXPECT_EQ(textOf(strategyOf(text)), text);
  }
  EXPECT_EQ(textOf(Strategy::pct(3, 500)), "pct:3:500");
  EXPECT_EQ(strategyOf("deviations:17=1,40=2").list.size(), 2u);
}

TEST(Strategy, whatIsNotUnderstoodIsRefusedWithWhatWouldBe) {
  for (const char* text : {"", "chance", "random:1", "pct", "pct:3", "pct:x:5", "pct:3:5x",
                           "deviations:1", "deviations:=1", "deviations:1=2=3"}) {
    try {
      (void)strategyOf(text);
      ADD_FAILURE() << "'" << text << "' was understood";
    } catch (const Error& error) {
      EXPECT_NE(error.reason().find("pct:DEPTH:STEPS"), std::string::npos) << error.reason();
    }
  }
}

TEST(Strategy, aRunIsRepeatedByOneLine) {
  EXPECT_EQ(replayLine(7, Strategy::random()), "TROOP_SEED=7");
  EXPECT_EQ(replayLine(7, Strategy::pct(2, 90)), "TROOP_SEED=7 TROOP_STRATEGY=pct:2:90");
}

TEST(Strategy, theEnvironmentAsksForARun) {
  {
    const Setting noSeed("TROOP_SEED", nullptr);
    const Setting noStrategy("TROOP_STRATEGY", nullptr);
    EXPECT_FALSE(replayAskedFor());
  }
  const Setting seed("TROOP_SEED", "4711");
  {
    const Setting noStrategy("TROOP_STRATEGY", nullptr);
    EXPECT_EQ(replayAskedFor().value().seed, 4711u);
    EXPECT_EQ(textOf(replayAskedFor().value().strategy), "random");
  }
  const Setting strategy("TROOP_STRATEGY", "pct:2:90");
  EXPECT_EQ(textOf(replayAskedFor().value().strategy), "pct:2:90");
  const Setting noNumber("TROOP_SEED", "12x");
  EXPECT_THROW((void)replayAskedFor(), Error);
}

}  // namespace
}  // namespace troop::sim
