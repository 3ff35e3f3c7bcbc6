#include "tools/troop/hosting/hosting.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <string>
#include <thread>

#include "proxy/answer.h"
#include "proxy/message.h"

namespace troop::hosting {
namespace {

// Longer than anything here can take.
constexpr Duration patience = 60s;

// A guest that does `body` with every delivery; its first one is its start.
std::string guest(const std::string& body) {
  return R"((module
    (import "troop" "fail" (func $fail (param i32 i32 i32 i32) (result i32)))
    (memory (export "memory") 2)
    (func (export "troop_abi_1"))
    (func (export "troop_alloc") (param i32) (result i32) (i32.const 4096))
    (func (export "troop_deliver") (param $delivery i32) (param $bytes i32) )" +
         body + "))";
}

// Answers nothing, does nothing.
const std::string idle = guest("");
// Dies as soon as it starts.
const std::string dying = guest("unreachable");
// Dies of the first call to it.
const std::string fragile =
    guest("(if (i32.eq (i32.load16_u (local.get $delivery)) (i32.const 2)) (then unreachable))");
// Fails every call to it.
const std::string failing = guest(R"(
    (if (i32.eq (i32.load16_u (local.get $delivery)) (i32.const 2))
      (then (drop (call $fail (i32.load offset=4 (local.get $delivery)) (i32.const 0)
                              (i32.const 0) (i32.const 0))))))");

// Calls what it was granted, and again whenever a call has failed.
const std::string calling = R"((module
    (import "troop" "call" (func $call (param i32 i64 i32 i32 i32 i32 i32) (result i32)))
    (import "troop" "finish" (func $finish (param i32)))
    (memory (export "memory") 2)
    (data (i32.const 64) "\00\00\00\00\01\00\00\00\00\00\00\00\00\00\00\00")
    (global $handle (mut i32) (i32.const 0))
    (func (export "troop_abi_1"))
    (func (export "troop_alloc") (param i32) (result i32) (i32.const 4096))
    (func (export "troop_deliver") (param $delivery i32) (param $bytes i32)
      (if (i32.eq (i32.load16_u (local.get $delivery)) (i32.const 1))
        (then (global.set $handle (i32.load offset=32 (local.get $delivery))))
        (else (call $finish (i32.load offset=4 (local.get $delivery)))))
      (drop (call $call (global.get $handle) (i64.const 1) (i32.const 0)
                        (i32.const 64) (i32.const 16) (i32.const 0) (i32.const 0))))))";

class HostingTest : public testing::Test {
 protected:
  HostingTest() {
    std::string pattern = testing::TempDir() + "hosting-XXXXXX";
    folder_ = mkdtemp(pattern.data());
  }
  ~HostingTest() override { std::filesystem::remove_all(folder_); }

  manifest::TroopEntry& add(const std::string& name, const std::string& code) {
    const std::filesystem::path file = folder_ / (name + ".wat");
    std::ofstream(file) << code;
    manifest::TroopEntry entry;
    entry.name.value = name;
    entry.code = file;
    manifest_.troops.push_back(entry);
    return manifest_.troops.back();
  }

  static manifest::Restart again(Duration pauseMin, Duration pauseMax) {
    return {manifest::Restart::Policy::onDeath, pauseMin, pauseMax};
  }

  // Waits until the troop has been started so often.
  static Fate fateAtStart(const HostedTroop& troop, std::uint64_t starts) {
    const Time end = after(patience);
    while (troop.fate().starts < starts && now() < end) std::this_thread::sleep_for(1ms);
    return troop.fate();
  }

  static Expected<void> call(const proxy::Capability& capability) {
    const auto answer = capability.call({1, 0}, proxy::Message::empty());
    if (answer->wait(after(patience)) != WaitResult::signalled) ADD_FAILURE() << "no answer";
    if (answer->result().failed()) return answer->result().error();
    return {};
  }

  std::filesystem::path folder_;
  manifest::Manifest manifest_;
};

TEST_F(HostingTest, aTroopThatDiesStaysDeadUnlessItIsToBeStartedAgain) {
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

TEST_F(HostingTest, aTroopIsStartedAgainUntilItIsStopped) {
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

TEST_F(HostingTest, stoppingDoesNotWaitForThePause) {
  add("mortal", dying).restart = again(10h, 10h);
  Hosting hosting(manifest_, {.carriers = 1});
  hosting.compile();
  HostedTroop& mortal = hosting.start("mortal");
  const Time end = after(patience);
  while (mortal.fate().deaths.empty() && now() < end) std::this_thread::sleep_for(1ms);
  mortal.stop("enough");
  EXPECT_EQ(mortal.fate().starts, 1u);
}

TEST_F(HostingTest, whatTheHostStopsHasNotDied) {
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

TEST_F(HostingTest, holdersKeepTheirCapabilityOverAllLives) {
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

TEST_F(HostingTest, countsAreThoseOfAllLives) {
  add("failing", failing).restart = again(1ms, 1ms);
  Hosting hosting(manifest_, {.carriers = 1});
  hosting.compile();
  HostedTroop& troop = hosting.start("failing");
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(call(troop.capability()).failed());
  EXPECT_EQ(troop.fate().usage.callsFailed, 3u);
  hosting.stop("the end");
  EXPECT_EQ(troop.fate().usage.callsFailed, 3u);
}

TEST_F(HostingTest, aGrantedCapabilityIsRevokedAfterItsCalls) {
  add("failing", failing);
  add("user", calling).grants = {{{"limited", {}}, manifest::TroopGrant{{"failing", {}}, 2}}};
  Hosting hosting(manifest_, {.carriers = 1});
  hosting.compile();
  hosting.startAll();
  EXPECT_EQ(hosting.troops().size(), 2u);
  const Time end = after(patience);
  while (hosting.find("user").fate().usage.callsRefused < 3 && now() < end) {
    std::this_thread::sleep_for(1ms);
  }
  EXPECT_GE(hosting.find("user").fate().usage.callsRefused, 3u);
  EXPECT_EQ(hosting.find("failing").fate().usage.callsFailed, 2u);
  const std::string verdict = hosting.find("user").fate().verdict;
  EXPECT_TRUE(verdict.starts_with("refused: capability 'limited' was revoked")) << verdict;
}

TEST_F(HostingTest, allCodeThatDoesNotCompileIsTold) {
  add("first", "(module (func");
  add("second", idle);
  add("third", "no module");
  Hosting hosting(manifest_, {.carriers = 1});
  try {
    hosting.compile();
    FAIL() << "it compiled";
  } catch (const CompileError& error) {
    EXPECT_NE(error.reason().find("troop 'first': "), std::string::npos) << error.reason();
    EXPECT_NE(error.reason().find("first.wat:1:"), std::string::npos) << error.reason();
    EXPECT_NE(error.reason().find("troop 'third': "), std::string::npos) << error.reason();
    EXPECT_EQ(error.reason().find("second"), std::string::npos) << error.reason();
  }
}

TEST_F(HostingTest, aLifeThatDoesNotFitIsADeathAndTriedAgain) {
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

TEST_F(HostingTest, endingInTheMidstOfEverythingLeavesNothing) {
  for (int i = 0; i < 8; ++i) {
    add("troop" + std::to_string(i), i % 2 == 0 ? dying : fragile).restart = again(1ms, 4ms);
  }
  for (int round = 0; round < 5; ++round) {
    Hosting hosting(manifest_, {.carriers = 2});
    hosting.compile();
    hosting.startAll();
    for (const auto& hosted : hosting.troops())
      (void)hosted->capability().call({1, 0}, proxy::Message::empty());
    std::this_thread::sleep_for(Duration(round * 1'000'000));
  }
}

}  // namespace
}  // namespace troop::hosting
