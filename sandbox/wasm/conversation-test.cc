// What guests and others say to each other: results, objects, promises, and the end of all these.
#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "proxy/membrane.h"
#include "runtime/event.h"
#include "runtime/scope.h"
#include "runtime/task.h"
#include "sandbox/testing/host-fixture.h"

namespace troop::sandbox::wasm {
namespace {

using namespace testing;
using proxy::Answer;
using proxy::Capability;
using proxy::Membrane;
using proxy::Message;

// Passes each call on to the first capability it was granted, and answers with what comes back. One
// at a time.
const WatGuest relay{
    .onStart = "(global.set $cap (i32.load (local.get $caps)))",
    .onCall =
        "(global.set $caller (local.get $id))"
        "(global.set $question (call $call (global.get $cap) (i64.const 0x1234) (local.get $method)"
        "  (local.get $body) (local.get $size) (local.get $caps) (local.get $count)))",
    .onResult =
        "(drop (call $answer (global.get $caller) (local.get $body) (local.get $size)"
        "  (local.get $caps) (local.get $count)))"
        "(call $finish (local.get $id))",
    .onError =
        "(drop (call $fail (global.get $caller) (local.get $method) (local.get $body) (local.get "
        "$size)))"
        "(call $finish (local.get $id))",
    .more =
        "(global $cap (mut i32) (i32.const 0)) (global $caller (mut i32) (i32.const 0))"
        "(global $question (mut i32) (i32.const 0))"};

// Writes at 2048 a message of 24 bytes whose root has one pointer, to the first capability.
constexpr std::string_view messageWithCapability =
    "(i64.store (i32.const 2048) (i64.const 0x200000000)) (i64.store (i32.const 2056) (i64.const "
    "0x1000000000000))"
    "(i64.store (i32.const 2064) (i64.const 3))";

// Method 1 of the main object gives an object of its own; objects echo, and count down when
// released.
const WatGuest factory{
    .onCall =
        "(if (i32.and (i32.eqz (local.get $object)) (i32.eq (local.get $method) (i32.const 1)))"
        "(then " +
        std::string(messageWithCapability) +
        "  (i32.store (i32.const 1024) (call $serve (i32.const 7)))"
        "  (drop (call $answer (local.get $id) (i32.const 2048) (i32.const 24) (i32.const 1024) "
        "(i32.const 1)))"
        "  (call $release (i32.load (i32.const 1024))))"
        // Method 2: how often object 7 was released so far.
        "(else (if (i32.and (i32.eqz (local.get $object)) (i32.eq (local.get $method) (i32.const "
        "2)))"
        "(then (i64.store (i32.add (local.get $body) (i32.const 16)) (i64.extend_i32_u (global.get "
        "$released)))" +
        std::string(echoBody) +
        ")"
        "(else " +
        std::string(echoBody) + "))))",
    .onReleased =
        "(if (i32.eq (local.get $object) (i32.const 7))"
        "(then (global.set $released (i32.add (global.get $released) (i32.const 1)))))",
    .more = "(global $released (mut i32) (i32.const 0))"};

class Conversation : public HostTest {};

TEST_F(Conversation, aGuestAnswersCallsInOrder) {
  const Guest guest = spawn({.onCall = std::string(echoBody)}, {.name = "echo"});
  std::vector<Ref<Answer>> answers;
  for (std::uint64_t i = 0; i < 50; ++i) answers.push_back(ask(guest, i));
  for (std::uint64_t i = 0; i < 50; ++i) EXPECT_EQ(number(answers[i]), i);
  EXPECT_EQ(guest.verdict().text(), "served");
  EXPECT_EQ(guest.usage().callsServed, 50u);
  EXPECT_EQ(guest.capability().describe(), "echo#0");
}

TEST_F(Conversation, aGuestCallsAnotherGuest) {
  const Guest echo = spawn({.onCall = std::string(echoBody)});
  const Guest middle = spawn(relay, {.grants = {{"next", echo.capability()}}});
  const Guest front = spawn(relay, {.grants = {{"next", middle.capability()}}});
  for (std::uint64_t i = 1; i < 20; ++i) EXPECT_EQ(number(ask(front, i)), i);
  EXPECT_EQ(front.usage().callsMade, 19u);
  EXPECT_EQ(echo.usage().callsServed, 19u);
}

TEST_F(Conversation, capabilitiesTravelThroughGuestsAndComeHomeAsThemselves) {
  const Guest echo = spawn({.onCall = std::string(echoBody)});
  const Guest front = spawn(relay, {.grants = {{"next", echo.capability()}}});
  const Capability object(makeRef<Collector>());
  const Ref<Answer> answer = ask(front.capability(), 0, numberMessage(1, {object}));
  EXPECT_EQ(number(answer), 1u);
  EXPECT_EQ(answer->result().value().capabilityAt(std::array<std::uint16_t, 1>{0}), object);
}

TEST_F(Conversation, aGuestUsesAResultBeforeItHasArrived) {
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

TEST_F(Conversation, aGuestHearsWhenNobodyHoldsItsObject) {
  const Guest guest = spawn(factory);
  Ref<Answer> made = ask(guest.capability(), 1, Message::empty());
  EXPECT_EQ(made->wait(after(patience)), WaitResult::signalled);
  Capability object = made->result().value().capabilityAt(std::array<std::uint16_t, 1>{0});
  EXPECT_EQ(number(ask(object, 0, numberMessage(8))), 8u);
  EXPECT_EQ(number(ask(guest.capability(), 2, numberMessage(0))), 0u);
  made.reset();
  object = Capability();
  EXPECT_EQ(number(ask(guest.capability(), 2, numberMessage(0))), 1u);
}

// Handles of slots that were used often must not look like refusals, which are negative.
TEST_F(Conversation, handlesStayPositive) {
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

TEST_F(Conversation, errorsOfTheCalledReachTheGuestWithTheirKind) {
  const Ref<Collector> refuser = makeRef<Collector>();
  const Guest front = spawn(relay, {.grants = {{"next", Capability(refuser)}}});
  const Ref<Answer> answer = ask(front);
  refuser->next().settle(Error(ErrorKind::unimplemented, "no such method"));
  const Error failure = error(answer);
  EXPECT_EQ(failure.kind(), ErrorKind::unimplemented);
  EXPECT_EQ(failure.reason(), "no such method");
  EXPECT_EQ(front.usage().callsFailed, 1u);
}

TEST_F(Conversation, aResultThatDoesNotFitBecomesAnError) {
  const Ref<Collector> generous = makeRef<Collector>();
  const Guest tight = spawn(
      relay, {.limits = {.messageBytes = 64_KiB}, .grants = {{"next", Capability(generous)}}});
  Ref<Answer> answer = ask(tight);
  generous->next().settle(messageOf(100'000));
  EXPECT_EQ(error(answer).kind(), ErrorKind::failed);

  WatGuest small = relay;
  small.pagesMax = 2;
  const Guest full = spawn(small, {.grants = {{"next", Capability(generous)}}});
  answer = ask(full);
  generous->next().settle(messageOf(100'000));
  EXPECT_EQ(error(answer).kind(), ErrorKind::overloaded);
}

TEST_F(Conversation, aResultWithMoreCapabilitiesThanMayBeHeldBecomesAnError) {
  const Ref<Collector> generous = makeRef<Collector>();
  const Guest guest =
      spawn(relay, {.limits = {.capabilities = 3}, .grants = {{"next", Capability(generous)}}});
  const Ref<Answer> answer = ask(guest);
  const Capability gift(makeRef<Collector>());
  generous->next().settle(numberMessage(1, {gift, gift, gift}));
  EXPECT_EQ(error(answer).kind(), ErrorKind::overloaded);
  // None of them stayed in the table.
  const Ref<Answer> next = ask(guest);
  generous->next().settle(numberMessage(2, {gift, gift}));
  EXPECT_EQ(number(next), 2u);
}

TEST_F(Conversation, aGuestThatGoesOnCallingWhatWasRevokedIsNamed) {
  const Guest echo = spawn({.onCall = std::string(echoBody)});
  const auto membrane = makeRef<Membrane>("renderer");
  const Guest stubborn =
      spawn(relay, {.grants = {{"renderer", membrane->wrap(echo.capability())}}});
  EXPECT_EQ(number(ask(stubborn, 1)), 1u);
  membrane->revoke("");
  for (int i = 0; i < 12; ++i) EXPECT_EQ(error(ask(stubborn)).kind(), ErrorKind::disconnected);
  EXPECT_EQ(stubborn.verdict().text(),
            "refused: capability 'renderer' was revoked (12 calls refused)");
  EXPECT_TRUE(stubborn.verdict().alive());
  EXPECT_EQ(stubborn.usage().callsRefused, 12u);
}

TEST_F(Conversation, aCallerThatGivesUpIsHeardOf) {
  const Ref<Collector> slow = makeRef<Collector>();
  WatGuest patient = relay;
  patient.onCancelled = "(call $finish (global.get $question))";
  const Guest guest = spawn(patient, {.grants = {{"slow", Capability(slow)}}});
  const Ref<Answer> answer = ask(guest);
  const proxy::Call passedOn = slow->next();
  Event heard;
  passedOn.answer()->onCancel([&] { heard.set(); });
  answer->cancel(Error(ErrorKind::failed, "never mind", ErrorDetail::cancelled));
  EXPECT_EQ(heard.wait(after(patience)), WaitResult::signalled);
  EXPECT_TRUE(guest.verdict().alive());
}

TEST_F(Conversation, aCallThatTakesTooLongFailsAndItsGuestLives) {
  const Guest guest = spawn({.onCall = "(if (i32.ne (local.get $method) (i32.const 9)) (then " +
                                       std::string(echoBody) + "))"},
                            {.name = "forgetful", .limits = {.wallPerCall = 20ms}});
  const Error failure = error(ask(guest.capability(), 9, Message::empty()));
  EXPECT_EQ(failure.kind(), ErrorKind::overloaded);
  EXPECT_EQ(failure.detail(), ErrorDetail::wall);
  EXPECT_EQ(failure.reason(), "wall time of a call 20 ms reached by 'forgetful'");
  EXPECT_EQ(number(ask(guest.capability(), 0, numberMessage(4))), 4u);
}

TEST_F(Conversation, grantsComeWithTheirNamesInOrder) {
  const Ref<Collector> host = makeRef<Collector>();
  // Sends what it was started with to the capability named last.
  const Guest guest = spawn(
      {.onStart = "(call $log (i32.const 1) (local.get $body) (local.get $size))"
                  "(if (i32.ne (local.get $count) (i32.const 2)) (then unreachable))"
                  "(if (i32.ne (local.get $method) (i32.const 16384)) (then unreachable))"
                  "(if (i32.ne (local.get $object) (i32.const 64)) (then unreachable))",
       .onCall = std::string(echoBody)},
      {.limits = {.memoryBytes = 16_MiB, .stackBytes = 64_KiB},
       .grants = {{"first", Capability(host)}, allow::Clock{}, {"second", Capability(host)}}});
  EXPECT_EQ(number(ask(guest, 2)), 2u);
}

TEST_F(Conversation, withoutGrantsTimeStandsStillAndChanceRepeats) {
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

TEST_F(Conversation, logLinesGoToTheirSinkCleanedAndBounded) {
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

TEST_F(Conversation, tasksAndThreadsCallTheSameGuest) {
  const Guest guest = spawn({.onCall = std::string(echoBody)}, {.limits = {.callsQueued = 1000}});
  std::atomic<int> right{0};
  std::vector<std::thread> threads;
  for (std::uint64_t t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (std::uint64_t i = 0; i < 200; ++i)
        right += number(ask(guest, t * 1000 + i)) == t * 1000 + i;
    });
  }
  host.process().run([&] {
    Scope scope;
    for (std::uint64_t t = 4; t < 8; ++t) {
      scope.task([&, t] {
        for (std::uint64_t i = 0; i < 200; ++i)
          right += number(ask(guest, t * 1000 + i)) == t * 1000 + i;
      });
    }
    scope.join();
  });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, 1600);
  EXPECT_EQ(guest.usage().callsServed, 1600u);
}

TEST_F(Conversation, aGuestMayCallItself) {
  const Guest echo = spawn({.onCall = std::string(echoBody)});
  WatGuest self = relay;
  // The capability is its own main object, handed to it in the first call; method 9 echoes.
  self.onStart = "";
  self.onCall =
      "(if (i32.eq (local.get $method) (i32.const 8))"
      "(then (global.set $cap (i32.load (local.get $caps))) " +
      std::string(answerEmpty) +
      ")"
      "(else (if (i32.eq (local.get $method) (i32.const 9)) (then " +
      std::string(echoBody) +
      ")"
      "(else (global.set $caller (local.get $id))"
      "(global.set $question (call $call (global.get $cap) (i64.const 0x1234) (i32.const 9)"
      "  (local.get $body) (local.get $size) (i32.const 0) (i32.const 0)))))))";
  const Guest guest = spawn(self);
  number(ask(guest.capability(), 8, numberMessage(0, {guest.capability()})));
  EXPECT_EQ(number(ask(guest.capability(), 0, numberMessage(33))), 33u);
}

}  // namespace
}  // namespace troop::sandbox::wasm
