// What a guest can do to harm its host, and what becomes of it.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "sandbox/testing/host-fixture.h"

namespace troop::sandbox::wasm {
namespace {

using namespace testing;
using proxy::Answer;
using proxy::Capability;
using proxy::Message;

class Attack : public HostTest {};

TEST_F(Attack, anEndlessLoopIsKilledAtItsCpuLimitWhileAnotherGuestAnswers) {
  const Guest loop =
      spawn({.onCall = "(loop $l (br $l))"}, {.name = "loop", .limits = {.cpu = 200ms}});
  const Guest echo = spawn({.onCall = std::string(echoBody)});
  const Ref<Answer> never = ask(loop);
  for (std::uint64_t i = 0; i < 100; ++i) EXPECT_EQ(number(ask(echo, i)), i);
  EXPECT_TRUE(loop.waitEnd(after(patience)));
  EXPECT_EQ(loop.verdict().text(), "killed: CPU time 200 ms reached");
  EXPECT_EQ(error(never).kind(), ErrorKind::disconnected);
  EXPECT_EQ(error(never).executed(), Executed::maybe);
  EXPECT_GE(loop.usage().cpu, Duration(200ms));
}

TEST_F(Attack, anEndlessLoopIsKilledAtTheCpuLimitOfACall) {
  EXPECT_EQ(verdictAfterCall({.onCall = "(loop $l (br $l))"}, {.limits = {.cpuPerCall = 20ms}}),
            "killed: CPU time of a call 20 ms reached");
}

TEST_F(Attack, anEndlessLoopAtStartIsKilledAtItsOwnLimit) {
  EXPECT_EQ(verdictAfterCall({.onStart = "(loop $l (br $l))"}, {.limits = {.cpuAtStart = 30ms}}),
            "killed: CPU time at start 30 ms reached");
  EXPECT_EQ(verdictAfterCall({.more = "(func $begin (loop $l (br $l))) (start $begin)"},
                             {.limits = {.cpuAtStart = 30ms}}),
            "killed: CPU time at start 30 ms reached");
  EXPECT_EQ(verdictAfterCall({.more = "(func (export \"_initialize\") (loop $l (br $l)))"},
                             {.limits = {.cpuAtStart = 30ms}}),
            "killed: CPU time at start 30 ms reached");
}

TEST_F(Attack, manyShortCallsAddUpToTheCpuLimit) {
  const Guest guest = spawn(
      {.onCall = "(local.set $x (i32.const 1000000))"
                 "(loop $l (br_if $l (local.tee $x (i32.sub (local.get $x) (i32.const 1)))))" +
                 std::string(answerEmpty)},
      {.limits = {.cpu = 50ms}});
  std::size_t answered = 0;
  while (ask(guest)->wait(after(patience)) == WaitResult::signalled && guest.verdict().alive())
    ++answered;
  EXPECT_GT(answered, 1u);
  EXPECT_EQ(guest.verdict().text(), "killed: CPU time 50 ms reached");
}

TEST_F(Attack, aMemoryBombStopsAtItsLimitAndDiesOfIt) {
  const WatGuest bomb{
      .onCall =
          "(loop $l (br_if $l (i32.ne (memory.grow (i32.const 1)) (i32.const -1)))) unreachable"};
  const Guest guest = spawn(bomb, {.limits = {.memoryBytes = 8_MiB}});
  EXPECT_EQ(error(ask(guest)).kind(), ErrorKind::disconnected);
  EXPECT_TRUE(guest.waitEnd(after(patience)));
  EXPECT_EQ(guest.verdict().text(), "killed: memory 8 MiB reached");
  EXPECT_GT(guest.usage().memoryPeakBytes, 7_MiB);
  EXPECT_LE(guest.usage().memoryPeakBytes, 8_MiB);
  EXPECT_EQ(guest.usage().memoryBytes, 0u);
}

TEST_F(Attack, aGuestSurvivesItsMemoryLimitIfItCan) {
  const Guest guest =
      spawn({.onCall = "(loop $l (br_if $l (i32.ne (memory.grow (i32.const 1)) (i32.const -1))))" +
                       std::string(answerEmpty)},
            {.limits = {.memoryBytes = 8_MiB}});
  EXPECT_EQ(number(ask(guest)), 0u);
  EXPECT_EQ(number(ask(guest)), 0u);
  EXPECT_EQ(guest.verdict().text(), "served");
  EXPECT_LE(guest.usage().memoryPeakBytes, 8_MiB);
}

TEST_F(Attack, aMemoryBombThatGivesUpByItselfIsNamed) {
  EXPECT_EQ(verdictAfterCall({.onCall = "(call $abort (i32.const 2) (i32.const 0) (i32.const 0))"},
                             {.limits = {.memoryBytes = 8_MiB}}),
            "killed: memory 8 MiB reached");
}

TEST_F(Attack, endlessRecursionIsKilled) {
  EXPECT_EQ(verdictAfterCall({.onCall = "(call $deeper)", .more = "(func $deeper (call $deeper))"}),
            "killed: stack 4 MiB reached");
  EXPECT_EQ(verdictAfterCall({.onCall = "(call $abort (i32.const 3) (i32.const 0) (i32.const 0))"}),
            "killed: stack 192 KiB reached");
}

TEST_F(Attack, trapsAndAbortsEndTheGuestWithTheirReason) {
  EXPECT_EQ(verdictAfterCall({.onCall = "unreachable"}),
            "failed: wasm trap: wasm `unreachable` instruction executed");
  EXPECT_EQ(verdictAfterCall({.onCall = "(drop (i32.load (i32.const -8)))"}),
            "failed: wasm trap: out of bounds memory access");
  EXPECT_EQ(verdictAfterCall({.onCall = "(call $abort (i32.const 1) (i32.const 8) (i32.const 7))",
                              .more = "(data (i32.const 8) \"no luck\")"}),
            "failed: no luck");
  EXPECT_EQ(verdictAfterCall({.onStart = "(call $abort (i32.const 1) (i32.const 8) (i32.const 7))",
                              .more = "(data (i32.const 8) \"no luck\")"}),
            "failed: no luck");
}

TEST_F(Attack, pointersOutsideMemoryEndTheGuest) {
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

TEST_F(Attack, whatTheAbiDoesNotKnowEndsTheGuest) {
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
TEST_F(Attack, forgedHandlesReachNothing) {
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

TEST_F(Attack, aForgedHandleInAMessageFailsTheCallThatCarriesIt) {
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

TEST_F(Attack, aMalformedAnswerIsTheCallersErrorNotItsCrash) {
  const Guest guest =
      spawn({.onCall = "(i64.store (i32.const 1024) (i64.const -1))"
                       "(drop (call $answer (local.get $id) (i32.const 1024) (i32.const 16)"
                       "  (i32.const 0) (i32.const 0)))"});
  EXPECT_EQ(error(ask(guest)).detail(), ErrorDetail::badMessage);
  EXPECT_TRUE(guest.verdict().alive());
}

TEST_F(Attack, answeringTwiceOrWhatNobodyAskedIsRefusedToTheGuest) {
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

TEST_F(Attack, aBlockOutsideMemoryIsNotWrittenTo) {
  const std::string module = R"((module (memory (export "memory") 1) (func (export "troop_abi_1"))
    (func (export "troop_deliver") (param i32 i32))
    (func (export "troop_alloc") (param i32) (result i32) (i32.const )";
  for (const char* pointer : {"65528", "-8", "12"}) {
    const Guest guest = host.spawn(host.compile(folder.write("a.wat", module + pointer + ")))")));
    EXPECT_TRUE(guest.waitEnd(after(patience)));
    EXPECT_EQ(guest.verdict().text(),
              "failed: troop_alloc gave a block that is not aligned or outside memory");
  }
}

TEST_F(Attack, aGuestThatHasNoRoomForACallFailsItAndLives) {
  const Guest guest = spawn({.onCall = std::string(echoBody), .pagesMax = 3}, {.name = "small"});
  const Error failure = error(ask(guest.capability(), 0, messageOf(200'000)));
  EXPECT_EQ(failure.kind(), ErrorKind::overloaded);
  EXPECT_EQ(failure.detail(), ErrorDetail::memory);
  EXPECT_EQ(failure.executed(), Executed::no);
  EXPECT_EQ(number(ask(guest, 5)), 5u);
}

TEST_F(Attack, aFloodOfItsOwnCallsIsBounded) {
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

TEST_F(Attack, askingAndFinishingInALoopGathersNothing) {
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
      {.limits = {.callsMade = 10}, .grants = {{"silent", silent.capability()}}});
  EXPECT_EQ(number(ask(flood)), 0u);
  EXPECT_LT(flood.usage().memoryPeakBytes, 1_MiB);
  EXPECT_LT(silent.usage().memoryPeakBytes, 1_MiB);
}

TEST_F(Attack, servingWithoutEndIsRefusedToTheGuest) {
  const Guest guest =
      spawn({.onCall = "(loop $l (if (i32.ge_s (call $serve (i32.const 5)) (i32.const 0))"
                       "  (then (local.set $x (i32.add (local.get $x) (i32.const 1))) (br $l))))"
                       "(i64.store (i32.add (local.get $body) (i32.const 16)) (i64.extend_i32_u "
                       "(local.get $x)))" +
                       std::string(echoBody)},
            {.limits = {.capabilities = 20}});
  EXPECT_EQ(number(ask(guest)), 20u);
}

TEST_F(Attack, aFullMailboxRefusesMore) {
  const Guest stuck = spawn({.onCall = ""}, {.name = "stuck", .limits = {.callsQueued = 8}});
  std::vector<Ref<Answer>> answers;
  for (int i = 0; i < 9; ++i) answers.push_back(ask(stuck));
  const Error failure = error(answers.back());
  EXPECT_EQ(failure.kind(), ErrorKind::overloaded);
  EXPECT_EQ(failure.detail(), ErrorDetail::quota);
  EXPECT_EQ(failure.reason(), "the mailbox of 'stuck' is full (8 calls)");
  EXPECT_FALSE(answers.front()->settled());
  answers.front()->cancel(Error(ErrorKind::failed, "never mind", ErrorDetail::cancelled));
  EXPECT_NE(stuck.verdict().text(), "served");
}

TEST_F(Attack, aMessageOverTheLimitIsRefusedInBothDirections) {
  const GuestOptions options{.name = "small", .limits = {.messageBytes = 64_KiB}};
  const Guest guest = spawn({.onCall = std::string(echoBody)}, options);
  const Error failure = error(ask(guest.capability(), 0, messageOf(100'000)));
  EXPECT_NE(failure.reason().find("is over the limit of 'small', 64 KiB"), std::string::npos);
  EXPECT_EQ(failure.detail(), ErrorDetail::badMessage);
  EXPECT_EQ(failure.executed(), Executed::no);

  const Guest talkative = spawn(
      {.onCall = "(drop (memory.grow (i32.const 4)))"
                 "(if (i32.ne (call $answer (local.get $id) (i32.const 65536) (i32.const 100000)"
                 "  (i32.const 0) (i32.const 0)) (i32.const -3)) (then unreachable))" +
                 std::string(echoBody)},
      options);
  EXPECT_EQ(number(ask(talkative, 6)), 6u);
}

TEST_F(Attack, queuedMessagesCountAgainstTheMemoryOfTheGuest) {
  const Guest guest = spawn({.onCall = "(loop $l (br $l))"},
                            {.limits = {.memoryBytes = 1_MiB, .cpuPerCall = 300ms}});
  std::vector<Ref<Answer>> answers;
  for (int i = 0; i < 20; ++i) answers.push_back(ask(guest.capability(), 0, messageOf(200'000)));
  EXPECT_TRUE(guest.waitEnd(after(patience)));
  EXPECT_LE(guest.usage().memoryPeakBytes, 1_MiB);
}

TEST_F(Attack, aFillOfAllItsMemoryIsBoundedByItsLimit) {
  const Guest guest =
      spawn({.onCall = "(drop (memory.grow (i32.const 100)))"
                       "(memory.fill (i32.const 131072) (i32.const 7) (i32.const 6000000))" +
                       std::string(echoBody)},
            {.limits = {.memoryBytes = 8_MiB}});
  EXPECT_EQ(number(ask(guest, 3)), 3u);
  EXPECT_GT(guest.usage().memoryBytes, 6_MiB);
}

}  // namespace
}  // namespace troop::sandbox::wasm
