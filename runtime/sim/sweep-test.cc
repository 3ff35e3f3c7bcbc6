#include "runtime/sim/sweep.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <stdexcept>
#include <string>
#include <vector>

#include "runtime/scope.h"
#include "runtime/task.h"
#include "runtime/testing/setting.h"
#include "runtime/thread.h"

namespace troop::sim {
namespace {

using tests::Setting;

std::vector<std::uint64_t> seedsSwept() {
  std::vector<std::uint64_t> seeds;
  sweep([&](std::uint64_t seed) { seeds.push_back(seed); });
  return seeds;
}

class SweepTest : public testing::Test {
 protected:
  const Setting noSeed_{"TROOP_SEED", nullptr};
  const Setting noStrategy_{"TROOP_STRATEGY", nullptr};
  const Setting short_{"TROOP_LONG", nullptr};
};

TEST_F(SweepTest, runsAHundredSeedsFromZero) {
  const std::vector<std::uint64_t> seeds = seedsSwept();
  ASSERT_EQ(seeds.size(), 100u);
  for (std::uint64_t i = 0; i < 100; ++i) EXPECT_EQ(seeds[i], i);
}

TEST_F(SweepTest, runsTenThousandWhereThereIsTime) {
  const Setting isLong("TROOP_LONG", "1");
  EXPECT_EQ(seedsSwept().size(), 10'000u);
  const Setting isNot("TROOP_LONG", "0");
  EXPECT_EQ(seedsSwept().size(), 100u);
}

TEST_F(SweepTest, runsTheSeedThatIsAskedForAlone) {
  const Setting seed("TROOP_SEED", "4711");
  EXPECT_EQ(seedsSwept(), std::vector<std::uint64_t>{4711});
}

// A sweep that fails, fails its test: so it runs in another process, which says by its exit code
// how many seeds it ran.
using SweepDeathTest = SweepTest;

TEST_F(SweepDeathTest, endsAtTheFirstSeedThatFailsAndNamesIt) {
  const auto failing = [] {
    int runs = 0;
    sweep([&](std::uint64_t seed) {
      ++runs;
      EXPECT_NE(seed, 3u);
    });
    std::_Exit(runs);
  };
  EXPECT_EXIT(failing(), testing::ExitedWithCode(4), "seed 3 failed: .*TROOP_SEED=3");
}

TEST_F(SweepDeathTest, whatIsThrownIsAFailure) {
  const auto throwing = [] {
    int runs = 0;
    sweep([&](std::uint64_t seed) {
      ++runs;
      if (seed == 2) throw std::runtime_error("no such luck");
    });
    std::_Exit(runs);
  };
  EXPECT_EXIT(throwing(), testing::ExitedWithCode(3), "seed 2 failed");
}

TEST_F(SweepDeathTest, aRunByPctIsRepeatedByItsLine) {
  const auto failing = [] {
    int runs = 0;
    runIn(World::simulated, [&] {
      EXPECT_NE(++runs, 4);
      Scope scope;
      for (int i = 0; i < 2; ++i) scope.task([] { yield(); });
    });
    std::_Exit(runs);
  };
  EXPECT_EXIT(failing(), testing::ExitedWithCode(4),
              "seed 3 failed: .*TROOP_SEED=3 TROOP_STRATEGY=pct:");
}

TEST_F(SweepTest, programsRunInTheWorldThatIsAskedFor) {
  std::vector<unsigned> carriers;
  const auto program = [&] { carriers.push_back(Process::current()->carriers()); };
  runIn(World::oneCarrier, program);
  EXPECT_EQ(carriers, (std::vector<unsigned>{1, 1, 1}));
  carriers.clear();
  runIn(World::twoCarriers, program);
  EXPECT_EQ(carriers, (std::vector<unsigned>{2, 2, 2}));
  carriers.clear();
  runIn(World::simulated, program);
  EXPECT_EQ(carriers.size(), 100u);
}

TEST_F(SweepTest, theSameSeedGivesTheSameSchedule) {
  const Setting seed("TROOP_SEED", "7");
  const auto schedule = [] {
    std::string trace;
    runIn(World::simulated, [&] {
      std::vector<Ref<Thread>> threads;
      for (const char name : {'a', 'b', 'c'}) {
        threads.push_back(Process::current()->root().thread(
            {"t"},
            [](std::string* letters, char letter) {
              for (int i = 0; i < 5; ++i) {
                *letters += letter;
                yield();
              }
            },
            assumeSendable(&trace), name));
      }
      for (const Ref<Thread>& thread : threads) EXPECT_TRUE(thread->join());
    });
    return trace;
  };
  const std::string once = schedule();
  EXPECT_EQ(once.size(), 15u);
  EXPECT_EQ(schedule(), once);
}

}  // namespace
}  // namespace troop::sim
