// What a guest hears: calls, results, errors, releases, and what happens where it cannot hear them.
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "proxy/membrane.h"
#include "runtime/event.h"
#include "runtime/process.h"
#include "runtime/scope.h"
#include "sandbox/testing/host-fixture.h"
#include "sandbox/testing/talking-guests.h"

namespace troop::sandbox::wasm {
namespace {

using namespace testing;
using proxy::Answer;
using proxy::Capability;
using proxy::Message;

using proxy::Membrane;

class Deliveries : public HostTest {};

TEST_F(Deliveries, aGuestAnswersCallsInOrder) {
  const Guest guest = spawn({.onCall = std::string(echoBody)}, {.name = "echo"});
  std::vector<Ref<Answer>> answers;
  for (std::uint64_t i = 0; i < 50; ++i) answers.push_back(ask(guest, i));
  for (std::uint64_t i = 0; i < 50; ++i) EXPECT_EQ(number(answers[i]), i);
  EXPECT_EQ(guest.verdict().text(), "served");
  EXPECT_EQ(guest.usage().callsServed, 50u);
  EXPECT_EQ(guest.capability().describe(), "echo#0");
}

TEST_F(Deliveries, aGuestCallsAnotherGuest) {
  const Guest echo = spawn({.onCall = std::string(echoBody)});
  const Guest middle = spawn(relay, {.grants = {{"next", echo.capability()}}});
  const Guest front = spawn(relay, {.grants = {{"next", middle.capability()}}});
  for (std::uint64_t i = 1; i < 20; ++i) EXPECT_EQ(number(ask(front, i)), i);
  EXPECT_EQ(front.usage().callsMade, 19u);
  EXPECT_EQ(echo.usage().callsServed, 19u);
}

TEST_F(Deliveries, capabilitiesTravelThroughGuestsAndComeHomeAsThemselves) {
  const Guest echo = spawn({.onCall = std::string(echoBody)});
  const Guest front = spawn(relay, {.grants = {{"next", echo.capability()}}});
  const Capability object(makeRef<Collector>());
  const Ref<Answer> answer = ask(front.capability(), 0, numberMessage(1, {object}));
  EXPECT_EQ(number(answer), 1u);
  EXPECT_EQ(answer->result().value().capabilityAt(std::array<std::uint16_t, 1>{0}), object);
}

TEST_F(Deliveries, aGuestHearsWhenNobodyHoldsItsObject) {
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

TEST_F(Deliveries, errorsOfTheCalledReachTheGuestWithTheirKind) {
  const Ref<Collector> refuser = makeRef<Collector>();
  const Guest front = spawn(relay, {.grants = {{"next", Capability(refuser)}}});
  const Ref<Answer> answer = ask(front);
  refuser->next().settle(Error(ErrorKind::unimplemented, "no such method"));
  const Error failure = error(answer);
  EXPECT_EQ(failure.kind(), ErrorKind::unimplemented);
  EXPECT_EQ(failure.reason(), "no such method");
  EXPECT_EQ(front.usage().callsFailed, 1u);
}

TEST_F(Deliveries, aResultThatDoesNotFitBecomesAnError) {
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

TEST_F(Deliveries, whatAGuestDoesNotHearOfNobodyKeeps) {
  const Ref<Collector> generous = makeRef<Collector>();
  WatGuest hoarder = relay;
  hoarder.onError =
      "(drop (call $fail (global.get $caller) (local.get $method) (local.get $body) (local.get "
      "$size)))";
  const auto settled = [&](Limits limits, std::size_t bytes) {
    const Guest guest = spawn(
        hoarder, {.name = "hoarder", .limits = limits, .grants = {{"next", Capability(generous)}}});
    const Ref<Answer> answer = ask(guest);
    proxy::Call call = generous->next();
    const Ref<Answer> kept = call.answer();
    call.settle(messageOf(bytes));
    return std::pair{error(answer).reason(), kept->result().failed()};
  };
  const auto [tooLarge, tooLargeIsGone] = settled({.messageBytes = 64_KiB}, 100'000);
  EXPECT_NE(tooLarge.find("is over the limit of 64 KiB for one message"), std::string::npos)
      << tooLarge;
  EXPECT_TRUE(tooLargeIsGone);
  const auto [tooDear, tooDearIsGone] = settled({.memoryBytes = 1_MiB}, 2'000'000);
  EXPECT_NE(tooDear.find("'hoarder' has no memory left for the result"), std::string::npos)
      << tooDear;
  EXPECT_TRUE(tooDearIsGone);
}

TEST_F(Deliveries, aResultWithMoreCapabilitiesThanMayBeHeldBecomesAnError) {
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

TEST_F(Deliveries, aGuestThatGoesOnCallingWhatWasRevokedIsNamed) {
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

TEST_F(Deliveries, aCallerThatGivesUpIsHeardOf) {
  const Ref<Collector> slow = makeRef<Collector>();
  WatGuest patient = relay;
  patient.onCancelled = "(call $finish (global.get $question))";
  const Guest guest = spawn(patient, {.grants = {{"slow", Capability(slow)}}});
  const Ref<Answer> answer = ask(guest);
  const proxy::Call passedOn = slow->next();
  Event heard;
  passedOn.answer()->onCancel([&](const Error&) { heard.set(); });
  answer->cancel(Error(ErrorKind::failed, "never mind", ErrorDetail::cancelled));
  EXPECT_EQ(heard.wait(after(patience)), WaitResult::signalled);
  EXPECT_TRUE(guest.verdict().alive());
}

TEST_F(Deliveries, aCallThatTakesTooLongFailsAndItsGuestLives) {
  const Guest guest = spawn({.onCall = "(if (i32.ne (local.get $method) (i32.const 9)) (then " +
                                       std::string(echoBody) + "))"},
                            {.name = "forgetful", .limits = {.wallPerCall = 20ms}});
  const Error failure = error(ask(guest.capability(), 9, Message::empty()));
  EXPECT_EQ(failure.kind(), ErrorKind::overloaded);
  EXPECT_EQ(failure.detail(), ErrorDetail::wall);
  EXPECT_EQ(failure.reason(), "wall time of a call 20 ms reached by 'forgetful'");
  EXPECT_EQ(number(ask(guest.capability(), 0, numberMessage(4))), 4u);
}

TEST_F(Deliveries, grantsComeWithTheirNamesInOrder) {
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

TEST_F(Deliveries, tasksAndThreadsCallTheSameGuest) {
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

TEST_F(Deliveries, aGuestMayCallItself) {
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

TEST_F(Deliveries, aBlockOutsideMemoryIsNotWrittenTo) {
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

TEST_F(Deliveries, aGuestThatHasNoRoomForACallFailsItAndLives) {
  const Guest guest = spawn({.onCall = std::string(echoBody), .pagesMax = 3}, {.name = "small"});
  const Error failure = error(ask(guest.capability(), 0, messageOf(200'000)));
  EXPECT_EQ(failure.kind(), ErrorKind::overloaded);
  EXPECT_EQ(failure.detail(), ErrorDetail::memory);
  EXPECT_EQ(failure.executed(), Executed::no);
  EXPECT_EQ(number(ask(guest, 5)), 5u);
}

TEST_F(Deliveries, aFullMailboxRefusesMore) {
  const Guest stuck = spawn({.onCall = ""}, {.name = "stuck", .limits = {.callsQueued = 8}});
  std::vector<Ref<Answer>> answers;
  for (int i = 0; i < 9; ++i) answers.push_back(ask(stuck));
  const Error failure = error(answers.back());
  EXPECT_EQ(failure.kind(), ErrorKind::overloaded);
  EXPECT_EQ(failure.detail(), ErrorDetail::quota);
  EXPECT_EQ(failure.reason(), "the mailbox of 'stuck' is full (8 calls, all of them by the host)");
  EXPECT_FALSE(answers.front()->settled());
  answers.front()->cancel(Error(ErrorKind::failed, "never mind", ErrorDetail::cancelled));
  EXPECT_NE(stuck.verdict().text(), "served");
}

TEST_F(Deliveries, aMessageOverTheLimitIsRefusedInBothDirections) {
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

TEST_F(Deliveries, queuedMessagesCountAgainstTheMemoryOfTheGuest) {
  const Guest guest = spawn({.onCall = "(loop $l (br $l))"},
                            {.limits = {.memoryBytes = 1_MiB, .cpuPerCall = 300ms}});
  std::vector<Ref<Answer>> answers;
  for (int i = 0; i < 20; ++i) answers.push_back(ask(guest.capability(), 0, messageOf(200'000)));
  EXPECT_TRUE(guest.waitEnd(after(patience)));
  EXPECT_LE(guest.usage().memoryPeakBytes, 1_MiB);
}

}  // namespace
}  // namespace troop::sandbox::wasm
