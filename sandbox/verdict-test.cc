#include "sandbox/verdict.h"

#include <gtest/gtest.h>

#include "runtime/error.h"

namespace troop::sandbox {
namespace {

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
