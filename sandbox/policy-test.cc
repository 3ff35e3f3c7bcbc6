#include "sandbox/policy.h"

#include <gtest/gtest.h>

#include "sandbox/verdict.h"

namespace troop::sandbox {
namespace {

using namespace std::chrono_literals;

TEST(Policy, theDefaultsAreInTheirRanges) {
  EXPECT_TRUE(check(Limits{}).succeeded());
}

TEST(Policy, eachLimitIsCheckedAtBothEnds) {
  const auto reason = [](const Limits& limits) {
    const Expected<void> checked = check(limits);
    return checked.failed() ? checked.error().reason() : "";
  };
  EXPECT_EQ(reason({.memoryBytes = std::size_t{5} << 30}),
            "limit memoryBytes is 5 GiB, but must be 256 KiB to 4 GiB");
  EXPECT_EQ(reason({.cpu = -1ms}), "limit cpu is -1 ms, but must be 1 ms to no limit");
  EXPECT_EQ(reason({.cpuAtStart = 0ms}), "limit cpuAtStart is 0 ns, but must be 1 ms to no limit");
  EXPECT_EQ(reason({.wallPerCall = 1us}),
            "limit wallPerCall is 1 µs, but must be 1 ms to no limit");
  EXPECT_EQ(reason({.stackBytes = 0}), "limit stackBytes is 0 B, but must be 16 KiB to 1 MiB");
  EXPECT_EQ(reason({.callsMade = 65'537}), "limit callsMade is 65537, but must be 1 to 65536");
  EXPECT_EQ(reason({.capabilities = 0}), "limit capabilities is 0, but must be 1 to 1000000");
  EXPECT_EQ(reason({.messageBytes = 1}), "limit messageBytes is 1 B, but must be 1 KiB to 64 MiB");
  EXPECT_EQ(reason({.cpu = forever, .messageBytes = std::size_t{64} << 20}), "");
}

TEST(Verdict, saysInWordsWhatBecameOfAGuest) {
  const auto ended = [](ErrorDetail detail, const char* reason) {
    return Verdict::ended(Error(ErrorKind::overloaded, reason, detail)).text();
  };
  EXPECT_EQ(Verdict::living(Verdict::Kind::starting).text(), "starting");
  EXPECT_EQ(Verdict::living(Verdict::Kind::idle).text(), "idle");
  EXPECT_EQ(Verdict::living(Verdict::Kind::served).text(), "served");
  EXPECT_EQ(Verdict::refusedCalls("capability 'renderer' was revoked", 12).text(),
            "refused: capability 'renderer' was revoked (12 calls refused)");
  EXPECT_EQ(Verdict::refusedCalls("capability 'renderer' was revoked", 1).text(),
            "refused: capability 'renderer' was revoked (1 call refused)");
  EXPECT_EQ(ended(ErrorDetail::cpu, "CPU time 2 s reached"), "killed: CPU time 2 s reached");
  EXPECT_EQ(ended(ErrorDetail::memory, "memory 32 MiB reached"), "killed: memory 32 MiB reached");
  EXPECT_EQ(ended(ErrorDetail::stack, "stack 192 KiB reached"), "killed: stack 192 KiB reached");
  EXPECT_EQ(ended(ErrorDetail::killed, "too loud"), "killed by host: too loud");
  EXPECT_EQ(ended(ErrorDetail::none, "TypeError: x is not a function (plugin.js:3:5)"),
            "failed: TypeError: x is not a function (plugin.js:3:5)");
}

TEST(Verdict, knowsTheLivingFromTheDead) {
  EXPECT_TRUE(Verdict::living(Verdict::Kind::starting).alive());
  EXPECT_TRUE(Verdict::refusedCalls("x", 1).alive());
  EXPECT_FALSE(Verdict::ended(Error(ErrorKind::failed, "x")).alive());
}

}  // namespace
}  // namespace troop::sandbox
