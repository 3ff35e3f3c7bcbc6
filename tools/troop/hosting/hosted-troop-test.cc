#include "tools/troop/hosting/hosted-troop.h"

#include "tools/troop/hosting/testing/hosting-fixture.h"

namespace troop::hosting {
namespace {

using HostedTroopTest = HostingTest;

TEST_F(HostedTroopTest, aTroopThatDiesStaysDeadUnlessItIsToBeStartedAgain) {
  add("mortal", dying);
  Hosting hosting(manifest_, {.carriers = 1});
  hosting.compile();
  HostedTroop& mortal = hosting.start("mortal");
  EXPECT_TRUE(mortal.waitEnd(after(patience)));
  const Fate fate = mortal.fate();
  EXPECT_EQ(fate.starts, 1u);
  EXPECT_FALSE(fate.alive);
  EXPECT_TRUE(fate.verdict.starts_with("failed: ")) << fate.verdict;
  EXPECT_EQ(fate.deaths, (std::map<std::string, std::uint64_t>{{fate.verdict, 1}}));
}

TEST_F(HostedTroopTest, aTroopIsStartedAgainUntilItIsStopped) {
  add("mortal", dying).restart = again(1ms, 2ms);
  Hosting hosting(manifest_, {.carriers = 2});
  hosting.compile();
  HostedTroop& mortal = hosting.start("mortal");
  EXPECT_GE(fateAtStart(mortal, 5).starts, 5u);
  mortal.stop("enough");
  const Fate fate = mortal.fate();
  EXPECT_FALSE(fate.alive);
  ASSERT_EQ(fate.deaths.size(), 1u);
  EXPECT_TRUE(fate.deaths.begin()->first.starts_with("failed: "));
  EXPECT_GE(fate.deaths.begin()->second + 1, fate.starts);
  EXPECT_TRUE(mortal.waitEnd());
  EXPECT_EQ(mortal.fate().starts, fate.starts);
}

TEST_F(HostedTroopTest, whoDiesOfSomethingElseEachTimeIsNotRememberedWithoutEnd) {
  add("inventive", inventive).restart = again(1ms, 1ms);
  manifest_.troops.back().grants.push_back(
      {.name = {.value = "random"}, .permission = manifest::RandomGrant{}});
  Hosting hosting(manifest_, {.carriers = 2});
  hosting.compile();
  HostedTroop& inventive = hosting.start("inventive");
  constexpr std::uint64_t lives = 2 * Fate::verdictsMax;
  (void)fateAtStart(inventive, lives + 1);
  inventive.stop("enough");
  const Fate fate = inventive.fate();
  EXPECT_EQ(fate.deaths.size(), Fate::verdictsMax + 1);
  const auto others = fate.deaths.find("failed: for other reasons");
  ASSERT_NE(others, fate.deaths.end());
  EXPECT_GE(others->second, lives - Fate::verdictsMax);
}

TEST_F(HostedTroopTest, stoppingDoesNotWaitForThePause) {
  add("mortal", dying).restart = again(10h, 10h);
  Hosting hosting(manifest_, {.carriers = 1});
  hosting.compile();
  HostedTroop& mortal = hosting.start("mortal");
  const Time end = after(patience);
  while (mortal.fate().deaths.empty() && now() < end) std::this_thread::sleep_for(1ms);
  mortal.stop("enough");
  EXPECT_EQ(mortal.fate().starts, 1u);
}

TEST_F(HostedTroopTest, whatTheHostStopsHasNotDied) {
  add("quiet", idle).restart = again(1ms, 1ms);
  Hosting hosting(manifest_, {.carriers = 1});
  hosting.compile();
  HostedTroop& quiet = hosting.start("quiet");
  EXPECT_TRUE(quiet.fate().alive);
  hosting.stop("the end");
  hosting.stop("once more");
  const Fate fate = quiet.fate();
  EXPECT_FALSE(fate.alive);
  EXPECT_EQ(fate.starts, 1u);
  EXPECT_TRUE(fate.deaths.empty());
  EXPECT_TRUE(fate.verdict == "idle" || fate.verdict == "starting") << fate.verdict;
}

TEST_F(HostedTroopTest, holdersKeepTheirCapabilityOverAllLives) {
  add("phoenix", fragile).restart = again(1ms, 1ms);
  Hosting hosting(manifest_, {.carriers = 2});
  hosting.compile();
  HostedTroop& phoenix = hosting.start("phoenix");
  const proxy::Capability held = phoenix.capability();
  // Each call either ends a life, or finds none and says that it has not been executed.
  const Time end = after(patience);
  while (phoenix.fate().starts < 4 && now() < end) {
    const Expected<void> answer = call(held);
    ASSERT_TRUE(answer.failed());
    EXPECT_EQ(answer.error().kind(), ErrorKind::disconnected) << answer.error().what();
  }
  EXPECT_GE(phoenix.fate().starts, 4u);
}

TEST_F(HostedTroopTest, countsAreThoseOfAllLives) {
  add("failing", failing).restart = again(1ms, 1ms);
  Hosting hosting(manifest_, {.carriers = 1});
  hosting.compile();
  HostedTroop& troop = hosting.start("failing");
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(call(troop.capability()).failed());
  EXPECT_EQ(troop.fate().usage.callsFailed, 3u);
  hosting.stop("the end");
  EXPECT_EQ(troop.fate().usage.callsFailed, 3u);
}

TEST_F(HostedTroopTest, aLifeThatDoesNotFitIsADeathAndTriedAgain) {
  // More than its limit before it has begun.
  add("large",
      "(module (memory (export \"memory\") 64) (func (export \"troop_abi_1\"))"
      "(func (export \"troop_alloc\") (param i32) (result i32) (i32.const 0))"
      "(func (export \"troop_deliver\") (param i32 i32)))")
      .restart = again(1ms, 1ms);
  manifest_.troops.back().limits.memoryBytes = 1 << 20;
  Hosting hosting(manifest_, {.carriers = 1});
  hosting.compile();
  HostedTroop& large = hosting.start("large");
  const Fate fate = fateAtStart(large, 3);
  EXPECT_GE(fate.starts, 3u);
  EXPECT_FALSE(fate.alive);
  EXPECT_TRUE(fate.verdict.starts_with("not started: ")) << fate.verdict;
}

}  // namespace
}  // namespace troop::hosting
