// What a guest can do to its host, and to others, by calling host functions.
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "sandbox/testing/host-fixture.h"
#include "sandbox/testing/talking-guests.h"

namespace troop::sandbox::wasm {
namespace {

using namespace testing;
using proxy::Answer;
using proxy::Capability;
using proxy::Message;

class HostFunctions : public HostTest {};

TEST_F(HostFunctions, pointersOutsideMemoryEndTheGuest) {
  const std::string outside = "(i32.const 131064) (i32.const 16)";
  const std::string wrapping = "(i32.const -4) (i32.const 8)";
  const std::string huge = "(i32.const 8) (i32.const -1)";
  for (const std::string& range : {outside, wrapping, huge}) {
    EXPECT_EQ(verdictAfterCall({.onCall = "(call $log (i32.const 1) " + range + ")"}),
              "failed: bad host call log: the text lies outside memory");
    EXPECT_EQ(verdictAfterCall({.onCall = "(drop (call $answer (local.get $id) " + range +
                                          " (i32.const 0) (i32.const 0)))"}),
              "failed: bad host call answer: the message lies outside memory");
    EXPECT_EQ(
        verdictAfterCall({.onCall = "(drop (call $call (i32.const 1) (i64.const 1) (i32.const 0) " +
                                    range + " (i32.const 0) (i32.const 0)))"}),
        "failed: bad host call call: the message lies outside memory");
    EXPECT_EQ(verdictAfterCall(
                  {.onCall = "(drop (call $fail (local.get $id) (i32.const 0) " + range + "))"}),
              "failed: bad host call fail: the text lies outside memory");
    EXPECT_EQ(verdictAfterCall({.onCall = "(call $abort (i32.const 1) " + range + ")"}),
              "failed: bad host call abort: the text lies outside memory");
  }
  // 4 bytes for each handle: a count that overflows in 32 bits.
  EXPECT_EQ(
      verdictAfterCall({.onCall = "(drop (call $answer (local.get $id) (call $empty) (i32.const 16)"
                                  " (i32.const 8) (i32.const 1073741825)))"}),
      "failed: bad host call answer: the list of capabilities lies outside memory");
  EXPECT_EQ(
      verdictAfterCall(
          {.onCall = "(drop (call $pipeline (i32.const 1) (i32.const 131070) (i32.const 2)))"}),
      "failed: bad host call pipeline: the path lies outside memory");
}

TEST_F(HostFunctions, whatTheAbiDoesNotKnowEndsTheGuest) {
  EXPECT_EQ(
      verdictAfterCall(
          {.onCall =
               "(drop (call $fail (local.get $id) (i32.const 4) (i32.const 0) (i32.const 0)))"}),
      "failed: bad host call fail: error kind 4 does not exist");
  EXPECT_EQ(verdictAfterCall({.onCall = "(call $log (i32.const 9) (i32.const 0) (i32.const 0))"}),
            "failed: bad host call log: level 9 does not exist");
  EXPECT_EQ(verdictAfterCall({.onCall = "(drop (call $clock (i32.const 2)))"}),
            "failed: bad host call clock: clock 2 does not exist");
  EXPECT_EQ(verdictAfterCall({.onCall = "(call $abort (i32.const 0) (i32.const 0) (i32.const 0))"}),
            "failed: bad host call abort: abort kind 0 does not exist");
  EXPECT_EQ(
      verdictAfterCall({.onCall = "(drop (call $call (i32.const 1) (i64.const 1) (i32.const 65536)"
                                  " (call $empty) (i32.const 16) (i32.const 0) (i32.const 0)))"}),
      "failed: bad host call call: method 65536 does not exist");
  EXPECT_EQ(
      verdictAfterCall({.onCall = "(drop (call $answer (local.get $id) (call $empty) (i32.const 16)"
                                  " (i32.const 10) (i32.const 1)))"}),
      "failed: bad host call answer: the list of capabilities is not aligned");
  EXPECT_EQ(verdictAfterCall({.onCall = "(call $release (i32.const 77))"}),
            "failed: bad host call release: the capability 77 is not held");
  EXPECT_EQ(verdictAfterCall({.onCall = "(call $finish (i32.const 77))"}),
            "failed: bad host call finish: there is no question 77 to finish");
}

// Each number that a guest might guess is tried on what a neighbour holds.
TEST_F(HostFunctions, forgedHandlesReachNothing) {
  const Ref<Collector> secret = makeRef<Collector>();
  const Guest holder =
      spawn({.onCall = std::string(echoBody)}, {.grants = {{"secret", Capability(secret)}}});
  EXPECT_EQ(number(ask(holder, 1)), 1u);
  const Guest forger = spawn(
      {.onCall =
           "(local.set $x (i32.const 0)) (local.set $y (i32.const 1))"
           "(loop $l"
           "  (call $finish (call $call (local.get $y) (i64.const 1) (i32.const 0) (call $empty)"
           "    (i32.const 16) (i32.const 0) (i32.const 0)))"
           "  (local.set $y (i32.add (local.get $y) (i32.const 16769023)))"
           "  (br_if $l (i32.lt_u (local.tee $x (i32.add (local.get $x) (i32.const 1))) (i32.const "
           "60))))" +
           std::string(answerEmpty)});
  EXPECT_EQ(number(ask(forger)), 0u);
  EXPECT_EQ(forger.usage().callsMade, 60u);
  EXPECT_EQ(number(ask(holder, 2)), 2u);
}

TEST_F(HostFunctions, aForgedHandleInAMessageFailsTheCallThatCarriesIt) {
  const Guest guest =
      spawn({.onCall = "(i32.store (i32.const 1024) (i32.const 12345))"
                       "(drop (call $answer (local.get $id) (call $empty) (i32.const 16)"
                       "  (i32.const 1024) (i32.const 1)))"},
            {.name = "forger"});
  const Error failure = error(ask(guest));
  EXPECT_EQ(failure.detail(), ErrorDetail::badMessage);
  EXPECT_EQ(
      failure.reason(),
      "'forger' gave a malformed answer: the message has a capability that is not held: 12345");
  EXPECT_TRUE(guest.verdict().alive());
}

TEST_F(HostFunctions, aMalformedAnswerIsTheCallersErrorNotItsCrash) {
  const Guest guest =
      spawn({.onCall = "(i64.store (i32.const 1024) (i64.const -1))"
                       "(drop (call $answer (local.get $id) (i32.const 1024) (i32.const 16)"
                       "  (i32.const 0) (i32.const 0)))"});
  EXPECT_EQ(error(ask(guest)).detail(), ErrorDetail::badMessage);
  EXPECT_TRUE(guest.verdict().alive());
}

TEST_F(HostFunctions, answeringTwiceOrWhatNobodyAskedIsRefusedToTheGuest) {
  // What the second answer, and one to a call that does not exist, give is the number of the next
  // answer.
  const Guest guest = spawn(
      {.onCall =
           std::string(answerEmpty) +
           "(i32.store (i32.const 1024) (call $answer (local.get $id) (call $empty) (i32.const 16)"
           "  (i32.const 0) (i32.const 0)))"
           "(i32.store (i32.const 1028) (call $fail (i32.const 99) (i32.const 0) (i32.const 0) "
           "(i32.const 0)))"
           "(i32.store (i32.const 1032) (call $pipeline (i32.const 99) (i32.const 0) (i32.const "
           "0)))"
           "(if (i32.ne (i32.load (i32.const 1024)) (i32.const -2)) (then unreachable))"
           "(if (i32.ne (i32.load (i32.const 1028)) (i32.const -2)) (then unreachable))"
           "(if (i32.ne (i32.load (i32.const 1032)) (i32.const -2)) (then unreachable))"});
  EXPECT_EQ(number(ask(guest)), 0u);
  EXPECT_EQ(number(ask(guest)), 0u);
  EXPECT_EQ(guest.verdict().text(), "served");
  EXPECT_EQ(guest.usage().callsServed, 2u);
}

TEST_F(HostFunctions, aFloodOfItsOwnCallsIsBounded) {
  const Ref<Collector> silent = makeRef<Collector>();
  // Calls the first capability until it is refused, answers how often that went well.
  const Guest flood =
      spawn({.onStart = "(global.set $cap (i32.load (local.get $caps)))",
             .onCall = "(loop $l"
                       "  (if (i32.ne (call $call (global.get $cap) (i64.const 1) (i32.const 0) "
                       "(call $empty) (i32.const 16)"
                       "    (i32.const 0) (i32.const 0)) (i32.const -1))"
                       "   (then (local.set $x (i32.add (local.get $x) (i32.const 1))) (br $l))))"
                       "(i64.store (i32.add (local.get $body) (i32.const 16)) (i64.extend_i32_u "
                       "(local.get $x)))" +
                       std::string(echoBody),
             .more = "(global $cap (mut i32) (i32.const 0))"},
            {.limits = {.callsMade = 10}, .grants = {{"silent", Capability(silent)}}});
  EXPECT_EQ(number(ask(flood)), 10u);
  EXPECT_EQ(number(ask(flood)), 0u);
}

TEST_F(HostFunctions, askingAndFinishingInALoopGathersNothing) {
  const Guest silent = spawn({});
  const Guest flood = spawn(
      {.onStart = "(global.set $cap (i32.load (local.get $caps)))",
       .onCall =
           "(local.set $x (i32.const 100000))"
           "(loop $l"
           "  (local.set $y (call $call (global.get $cap) (i64.const 1) (i32.const 0) (call $empty)"
           "    (i32.const 16) (i32.const 0) (i32.const 0)))"
           "  (if (i32.gt_s (local.get $y) (i32.const 0)) (then (call $finish (local.get $y))))"
           "  (br_if $l (local.tee $x (i32.sub (local.get $x) (i32.const 1)))))" +
           std::string(answerEmpty),
       .more = "(global $cap (mut i32) (i32.const 0))"},
      {.limits = {.cpuPerCall = 60s, .callsMade = 10},
       .grants = {{"silent", silent.capability()}}});
  EXPECT_EQ(number(ask(flood)), 0u);
  EXPECT_LT(flood.usage().memoryPeakBytes, 1_MiB);
  EXPECT_LT(silent.usage().memoryPeakBytes, 1_MiB);
}

TEST_F(HostFunctions, servingWithoutEndIsRefusedToTheGuest) {
  const Guest guest =
      spawn({.onCall = "(loop $l (if (i32.ge_s (call $serve (i32.const 5)) (i32.const 0))"
                       "  (then (local.set $x (i32.add (local.get $x) (i32.const 1))) (br $l))))"
                       "(i64.store (i32.add (local.get $body) (i32.const 16)) (i64.extend_i32_u "
                       "(local.get $x)))" +
                       std::string(echoBody)},
            {.limits = {.capabilities = 20}});
  EXPECT_EQ(number(ask(guest)), 20u);
}

// Handles of slots that were used often must not look like refusals, which are negative.
TEST_F(HostFunctions, handlesStayPositive) {
  const Guest guest =
      spawn({.onCall = "(local.set $y (i32.const 1000))"
                       "(loop $l (local.set $x (call $serve (i32.const 3)))"
                       "  (if (i32.le_s (local.get $x) (i32.const 0)) (then unreachable))"
                       "  (call $release (local.get $x))"
                       "  (br_if $l (local.tee $y (i32.sub (local.get $y) (i32.const 1)))))" +
                       std::string(echoBody)},
            {.limits = {.capabilities = 1000}});
  for (std::uint64_t i = 0; i < 5; ++i) EXPECT_EQ(number(ask(guest, i)), i);
}

TEST_F(HostFunctions, aGuestUsesAResultBeforeItHasArrived) {
  const Ref<Collector> slow = makeRef<Collector>();
  // Asks for an object, calls it at once, gives both up; the answer to the second is the answer.
  const Guest eager = spawn(
      {.onStart = "(global.set $cap (i32.load (local.get $caps)))",
       .onCall = "(global.set $caller (local.get $id))"
                 "(local.set $x (call $call (global.get $cap) (i64.const 0x1234) (i32.const 1) "
                 "(call $empty)"
                 "  (i32.const 16) (i32.const 0) (i32.const 0)))"
                 "(i32.store16 (i32.const 1024) (i32.const 0))"
                 "(local.set $y (call $pipeline (local.get $x) (i32.const 1024) (i32.const 1)))"
                 "(global.set $question (call $call (local.get $y) (i64.const 0x1234) (i32.const "
                 "5) (local.get $body)"
                 "  (local.get $size) (i32.const 0) (i32.const 0)))"
                 "(call $finish (local.get $x)) (call $release (local.get $y))",
       .onResult = "(if (i32.eq (local.get $id) (global.get $question)) (then "
                   "(drop (call $answer (global.get $caller) (local.get $body) (local.get $size)"
                   "  (local.get $caps) (local.get $count))) (call $finish (local.get $id))))",
       .more = relay.more},
      {.grants = {{"slow", Capability(slow)}}});
  const Ref<Answer> answer = ask(eager, 17);
  proxy::Call first = slow->next();
  EXPECT_EQ(first.method.method, 1);
  EXPECT_FALSE(answer->settled());
  const Guest maker = spawn(factory);
  const Ref<Answer> made = ask(maker.capability(), 1, Message::empty());
  EXPECT_EQ(made->wait(after(patience)), WaitResult::signalled);
  const Capability object = made->result().value().capabilityAt(std::array<std::uint16_t, 1>{0});
  first.settle(numberMessage(0, {object}));
  EXPECT_EQ(number(answer), 17u);
}

TEST_F(HostFunctions, withoutGrantsTimeStandsStillAndChanceRepeats) {
  const WatGuest curious{
      .onCall =
          "(local.set $z (i64.add (call $clock (i32.const 0)) (call $clock (i32.const 1))))"
          "(if (i32.eq (local.get $method) (i32.const 1)) (then (local.set $z (call $entropy))))"
          "(i64.store (i32.add (local.get $body) (i32.const 16)) (local.get $z))" +
          std::string(echoBody)};
  const auto timeAt = [](const Guest& guest) {
    return number(ask(guest.capability(), 0, numberMessage(0)));
  };
  const auto chanceOf = [](const Guest& guest) {
    return number(ask(guest.capability(), 1, numberMessage(0)));
  };

  const Guest none = spawn(curious), again = spawn(curious);
  EXPECT_EQ(timeAt(none), 0u);
  EXPECT_EQ(chanceOf(none), chanceOf(again));
  EXPECT_NE(chanceOf(none), chanceOf(none));

  const Guest seeded = spawn(curious, {.grants = {allow::Random{.seed = 7}}});
  EXPECT_NE(chanceOf(seeded), chanceOf(spawn(curious)));
  EXPECT_EQ(chanceOf(spawn(curious, {.grants = {allow::Random{.seed = 7}}})),
            chanceOf(spawn(curious, {.grants = {allow::Random{.seed = 7}}})));

  const Guest all = spawn(curious, {.grants = {allow::Random{}, allow::Clock{.resolution = 1ms}}});
  EXPECT_NE(chanceOf(all), chanceOf(spawn(curious, {.grants = {allow::Random{}}})));
  EXPECT_GT(timeAt(all), 1'700'000'000'000'000'000u);
  EXPECT_EQ(timeAt(all) % 1'000'000, 0u);
}

TEST_F(HostFunctions, logLinesGoToTheirSinkCleanedAndBounded) {
  std::mutex mutex;
  std::vector<std::string> lines;
  const auto sink = [&](const allow::Log::Line& line) {
    std::lock_guard lock(mutex);
    lines.push_back(std::string(line.guest) + "/" + std::string(name(line.level)) + "/" +
                    std::string(line.text));
  };
  const Guest guest =
      spawn({.onCall = "(call $log (local.get $method) (i32.const 8) (i32.const 9))" +
                       std::string(echoBody),
             .more = "(data (i32.const 8) \"a\\1b[2Jb\\0ac\")"},
            {.name = "writer",
             .grants = {allow::Log{.sink = sink, .bytesPerSecond = 80, .lineBytesMax = 8}}});
  for (std::uint16_t level = 0; level < 4; ++level)
    number(ask(guest.capability(), level, numberMessage(0)));
  for (int i = 0; i < 100; ++i) number(ask(guest));
  std::lock_guard lock(mutex);
  ASSERT_GE(lines.size(), 3u);
  EXPECT_EQ(lines[0], "writer/debug/a [2Jb c");
  EXPECT_EQ(lines[1], "writer/info/a [2Jb c");
  EXPECT_LT(lines.size(), 50u);
}

}  // namespace
}  // namespace troop::sandbox::wasm
