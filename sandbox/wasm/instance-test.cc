// What a guest can do to its host by running, and how it ends.
#include "sandbox/wasm/instance.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "runtime/event.h"
#include "sandbox/testing/host-fixture.h"
#include "sandbox/testing/talking-guests.h"

namespace troop::sandbox::wasm {
namespace {

using namespace testing;
using proxy::Answer;
using proxy::Capability;

class Running : public HostTest {};

TEST_F(Running, anEndlessLoopIsKilledAtItsCpuLimitWhileAnotherGuestAnswers) {
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

TEST_F(Running, anEndlessLoopIsKilledAtTheCpuLimitOfACall) {
  EXPECT_EQ(verdictAfterCall({.onCall = "(loop $l (br $l))"}, {.limits = {.cpuPerCall = 20ms}}),
            "killed: CPU time of a call 20 ms reached");
}

TEST_F(Running, anEndlessLoopAtStartIsKilledAtItsOwnLimit) {
  EXPECT_EQ(verdictAfterCall({.onStart = "(loop $l (br $l))"}, {.limits = {.cpuAtStart = 30ms}}),
            "killed: CPU time at start 30 ms reached");
  EXPECT_EQ(verdictAfterCall({.more = "(func $begin (loop $l (br $l))) (start $begin)"},
                             {.limits = {.cpuAtStart = 30ms}}),
            "killed: CPU time at start 30 ms reached");
  EXPECT_EQ(verdictAfterCall({.more = "(func (export \"_initialize\") (loop $l (br $l)))"},
                             {.limits = {.cpuAtStart = 30ms}}),
            "killed: CPU time at start 30 ms reached");
}

TEST_F(Running, whatAGuestUsesPastItsLimitIsMeasured) {
  const auto usageAfterCall = [this](Limits limits) {
    const Guest guest = spawn({.onCall = "(loop $l (br $l))"}, {.limits = limits});
    error(ask(guest));
    EXPECT_TRUE(guest.waitEnd(after(patience)));
    return guest.usage();
  };
  const Usage life = usageAfterCall({.cpu = 30ms});
  EXPECT_GE(life.cpuOver, Duration::zero());
  EXPECT_GE(life.cpu, 30ms + life.cpuOver);
  const Usage call = usageAfterCall({.cpuPerCall = 30ms});
  EXPECT_GT(call.cpuOver, Duration::zero());
  EXPECT_GE(call.cpu, 30ms + call.cpuOver);
}

TEST_F(Running, aGuestThatDiesOfSomethingElseIsPastNoLimit) {
  const Guest guest = spawn({.onCall = "unreachable"});
  error(ask(guest));
  EXPECT_TRUE(guest.waitEnd(after(patience)));
  EXPECT_EQ(guest.usage().cpuOver, Duration::zero());
}

// Descends as many frames as are asked for, and answers.
constexpr const char* descending =
    "(func $descend (param i32) (result i32) (if (result i32) (local.get 0)"
    "(then (i32.add (i32.const 1) (call $descend (i32.sub (local.get 0) (i32.const 1)))))"
    "(else (i32.const 0))))";
std::string descend(int frames) {
  return "(drop (call $descend (i32.const " + std::to_string(frames) + ")))";
}

TEST_F(Running, theNativeStackIsChargedToWhoHasTouchedIt) {
  const Guest shallow =
      spawn({.onCall = descend(10) + std::string(answerEmpty), .more = descending});
  const Guest deep =
      spawn({.onCall = descend(40'000) + std::string(answerEmpty), .more = descending});
  for (const Guest* guest : {&shallow, &deep}) {
    EXPECT_EQ(ask(*guest)->wait(after(patience)), WaitResult::signalled);
  }
  // What a slice has touched is counted when it is over, which is after the answer.
  const Time end = after(patience);
  while (deep.usage().memoryBytes < shallow.usage().memoryBytes + 500'000 && now() < end)
    std::this_thread::sleep_for(1ms);
  EXPECT_GE(deep.usage().memoryBytes, shallow.usage().memoryBytes + 500'000);
  EXPECT_LT(deep.usage().memoryBytes, shallow.usage().memoryBytes + (5u << 20));
}

TEST_F(Running, aStackThatDoesNotFitIntoTheMemoryLimitKillsTheGuest) {
  const Guest guest =
      spawn({.onCall = descend(40'000) + std::string(answerEmpty), .more = descending},
            {.limits = {.memoryBytes = 512 << 10}});
  const Ref<Answer> answer = ask(guest);
  EXPECT_TRUE(guest.waitEnd(after(patience)));
  EXPECT_EQ(guest.verdict().text(), "killed: memory 512 KiB reached");
}

TEST_F(Running, manyShortCallsAddUpToTheCpuLimit) {
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

TEST_F(Running, aMemoryBombStopsAtItsLimitAndDiesOfIt) {
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

TEST_F(Running, aGuestSurvivesItsMemoryLimitIfItCan) {
  const Guest guest =
      spawn({.onCall = "(loop $l (br_if $l (i32.ne (memory.grow (i32.const 1)) (i32.const -1))))" +
                       std::string(answerEmpty)},
            {.limits = {.memoryBytes = 8_MiB}});
  EXPECT_EQ(number(ask(guest)), 0u);
  EXPECT_EQ(number(ask(guest)), 0u);
  EXPECT_EQ(guest.verdict().text(), "served");
  EXPECT_LE(guest.usage().memoryPeakBytes, 8_MiB);
}

TEST_F(Running, aMemoryBombThatGivesUpByItselfIsNamed) {
  EXPECT_EQ(verdictAfterCall({.onCall = "(call $abort (i32.const 2) (i32.const 0) (i32.const 0))"},
                             {.limits = {.memoryBytes = 8_MiB}}),
            "killed: memory 8 MiB reached");
}

TEST_F(Running, aFillOfAllItsMemoryIsBoundedByItsLimit) {
  const Guest guest =
      spawn({.onCall = "(drop (memory.grow (i32.const 100)))"
                       "(memory.fill (i32.const 131072) (i32.const 7) (i32.const 6000000))" +
                       std::string(echoBody)},
            {.limits = {.memoryBytes = 8_MiB}});
  EXPECT_EQ(number(ask(guest, 3)), 3u);
  EXPECT_GT(guest.usage().memoryBytes, 6_MiB);
}

TEST_F(Running, endlessRecursionIsKilled) {
  EXPECT_EQ(verdictAfterCall({.onCall = "(call $deeper)", .more = "(func $deeper (call $deeper))"}),
            "killed: stack 4 MiB reached");
  EXPECT_EQ(verdictAfterCall({.onCall = "(call $abort (i32.const 3) (i32.const 0) (i32.const 0))"}),
            "killed: stack 192 KiB reached");
}

TEST_F(Running, trapsAndAbortsEndTheGuestWithTheirReason) {
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

TEST_F(Running, aGuestIsKilledWhileItRuns) {
  Guest guest = spawn(spinner, {.name = "spinner"});
  const Ref<Answer> running = ask(guest), waiting = ask(guest);
  while (guest.usage().cpu < Duration(5ms)) std::this_thread::yield();  // more than starting takes
  guest.kill("no longer needed");
  EXPECT_EQ(error(running).reason(), "guest 'spinner' is dead: killed by host: no longer needed");
  EXPECT_EQ(error(running).kind(), ErrorKind::disconnected);
  EXPECT_EQ(error(running).detail(), ErrorDetail::killed);
  EXPECT_EQ(error(running).executed(), Executed::maybe);
  EXPECT_EQ(error(waiting).executed(), Executed::no);
  EXPECT_TRUE(guest.waitEnd(after(patience)));
  EXPECT_EQ(guest.verdict().text(), "killed by host: no longer needed");
  EXPECT_EQ(guest.usage().memoryBytes, 0u);
  EXPECT_EQ(guest.usage().callsFailed, 2u);
}

TEST_F(Running, aGuestIsKilledWhileItWaits) {
  Guest guest = spawn(silent);
  const Ref<Answer> open = ask(guest);
  while (guest.verdict().text() != "idle") std::this_thread::yield();
  guest.kill("no longer needed");
  EXPECT_EQ(error(open).kind(), ErrorKind::disconnected);
  EXPECT_TRUE(guest.waitEnd(after(patience)));
}

TEST_F(Running, aGuestIsKilledBeforeItHasRun) {
  // Both carriers are busy, so the last one is still in the queue.
  const Guest busy = spawn(spinner), busyToo = spawn(spinner);
  ask(busy);
  ask(busyToo);
  Guest guest = spawn(echo);
  guest.kill("no longer needed");
  EXPECT_TRUE(guest.waitEnd(after(patience)));
  EXPECT_EQ(guest.verdict().text(), "killed by host: no longer needed");
}

TEST_F(Running, theFirstCauseOfAnEndStays) {
  Guest guest = spawn({.onCall = "unreachable"});
  error(ask(guest));
  EXPECT_TRUE(guest.waitEnd(after(patience)));
  guest.kill("too late");
  EXPECT_EQ(guest.verdict().kind(), Verdict::Kind::failed);
  EXPECT_FALSE(guest.verdict().alive());
}

TEST_F(Running, whatADeadGuestWasDoingIsCancelled) {
  const Ref<Collector> slow = makeRef<Collector>();
  Guest guest =
      spawn({.onStart = "(drop (call $call (i32.load (local.get $caps)) (i64.const 1) (i32.const 3)"
                        " (call $empty) (i32.const 16) (i32.const 0) (i32.const 0)))"},
            {.grants = {{"slow", Capability(slow)}}});
  const proxy::Call call = slow->next();
  Event heard;
  call.answer()->onCancel([&](const Error&) { heard.set(); });
  guest.kill("no longer needed");
  EXPECT_EQ(heard.wait(after(patience)), WaitResult::signalled);
}

TEST_F(Running, runningGuestsMoveBetweenCarriers) {
  // Three that never wait share two carriers, so some have to change over.
  std::vector<Guest> guests;
  for (int i = 0; i < 3; ++i) {
    guests.push_back(spawn(spinner, {.limits = {.cpuPerCall = 1h}}));
    ask(guests.back());
  }
  // Two of them may have done so before the third one has begun.
  const auto haveMoved = [&] {
    std::uint64_t migrations = 0;
    bool allRan = true;
    for (const Guest& guest : guests) {
      migrations += guest.usage().migrations;
      allRan = allRan && guest.usage().slices > 1;
    }
    return allRan && migrations >= 5;
  };
  for (const Time deadline = after(patience); !haveMoved() && now() < deadline;) {
    std::this_thread::sleep_for(1ms);
  }
  EXPECT_TRUE(haveMoved());
  for (const Guest& guest : guests) EXPECT_TRUE(guest.verdict().alive());
  unsigned busy = 0;
  for (const CarrierStatistics& carrier : host.process().statistics())
    busy += carrier.slices > 0 ? 1 : 0;
  EXPECT_GE(busy, 2u);  // and a spare, where one stood in for a carrier that had no turn for long
}

}  // namespace
}  // namespace troop::sandbox::wasm
