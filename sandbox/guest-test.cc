#include "sandbox/guest.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <memory>
#include <thread>
#include <vector>

#include "runtime/budget.h"
#include "sandbox/testing/host-fixture.h"
#include "sandbox/testing/talking-guests.h"

namespace troop::sandbox {
namespace {

using namespace testing;
using proxy::Answer;
using proxy::Capability;

class Handles : public HostTest {};

TEST_F(Handles, callsToADeadGuestFailAtOnce) {
  Guest guest = spawn(echo, {.name = "late"});
  guest.kill("no longer needed");
  EXPECT_TRUE(guest.waitEnd(after(patience)));
  const Error failure = error(ask(guest));
  EXPECT_EQ(failure.reason(), "guest 'late' is dead: killed by host: no longer needed");
  EXPECT_EQ(failure.executed(), Executed::no);
}

TEST_F(Handles, waitingForTheEndOfALivingGuestTimesOut) {
  const Guest guest = spawn(echo);
  EXPECT_FALSE(guest.waitEnd(after(1ms)));
}

TEST_F(Handles, aGuestThatNobodyCanReachIsGone) {
  const Ref<Budget> memory = host.process().memory();
  const std::size_t before = memory->used();
  {
    const Guest guest = spawn(echo);
    EXPECT_EQ(number(ask(guest, 1)), 1u);
    EXPECT_GT(memory->used(), before);
  }
  for (const Time deadline = after(patience); memory->used() != before && now() < deadline;) {
    std::this_thread::sleep_for(1ms);
  }
  EXPECT_EQ(memory->used(), before);
}

TEST_F(Handles, aCapabilityAloneKeepsItsGuest) {
  Capability object = spawn(echo).capability();
  EXPECT_EQ(number(ask(object, 0, numberMessage(9))), 9u);
}

TEST_F(Handles, aCallUnderWayKeepsItsGuest) {
  const Ref<Collector> slow = makeRef<Collector>();
  // Answers its call once its own has been answered.
  const Ref<Answer> answer = ask(spawn(
      {.onStart = "(drop (call $call (i32.load (local.get $caps)) (i64.const 1) (i32.const 3)"
                  " (call $empty) (i32.const 16) (i32.const 0) (i32.const 0)))",
       .onCall = "(global.set $caller (local.get $id))",
       .onResult = "(drop (call $answer (global.get $caller) (local.get $body) (local.get $size)"
                   " (i32.const 0) (i32.const 0)))",
       .more = "(global $caller (mut i32) (i32.const 0))"},
      {.grants = {{"slow", Capability(slow)}}}));
  slow->next().settle(numberMessage(12));
  EXPECT_EQ(number(answer), 12u);
}

TEST_F(Handles, guestsOutliveTheirHostAsTombstones) {
  auto other = std::make_unique<Host>(
      Host::Options{.carriers = 2, .cacheDirectory = folder.path() / "other", .guestsMax = 10});
  const Image code = other->compile(folder.write("guest.wat", wat(echo)));
  const Image spinning = other->compile(folder.write("spinner.wat", wat(spinner)));
  std::vector<Guest> guests;
  for (int i = 0; i < 3; ++i) guests.push_back(other->spawn(code));
  for (int i = 0; i < 3; ++i) guests.push_back(other->spawn(spinning));
  EXPECT_EQ(number(ask(guests[0], 5)), 5u);
  std::vector<Ref<Answer>> answers;
  for (const Guest& guest : guests) answers.push_back(ask(guest));
  other.reset();
  for (const Ref<Answer>& answer : answers) EXPECT_TRUE(answer->settled());
  for (Guest& guest : guests) {
    EXPECT_TRUE(guest.waitEnd(after(patience)));
    EXPECT_EQ(guest.verdict().kind(), Verdict::Kind::killedByHost) << guest.verdict().text();
    guest.kill("again");
    EXPECT_EQ(error(ask(guest)).kind(), ErrorKind::disconnected);
    EXPECT_EQ(guest.usage().memoryBytes, 0u);
    Guest copy = guest;
    copy = guests[0];
  }
  EXPECT_GE(guests[0].usage().callsServed, 1u);
}

}  // namespace
}  // namespace troop::sandbox
