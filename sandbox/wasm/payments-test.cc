// Who pays for what guests do for each other, and who is refused when one of them floods.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "runtime/process.h"
#include "runtime/scope.h"
#include "sandbox/testing/host-fixture.h"
#include "sandbox/testing/talking-guests.h"
#include "sandbox/testing/wat-guests.h"

namespace troop::sandbox::wasm {
namespace {

using namespace testing;
using proxy::Capability;

class Payments : public HostTest {
 protected:
  // Polls; what it waits for comes by itself, or the test hangs until it fails.
  template <typename Condition>
  static bool eventually(Condition condition) {
    const Time end = after(patience);
    while (!condition()) {
      if (now() > end) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return true;
  }
};

// Calls the first capability it was granted as long as it lives, with so many calls open; the
// number of its answers is its own answer to who asks.
WatGuest callerOf(const std::string& openCalls, const std::string& onError) {
  const std::string callOnce =
      "(drop (call $call (global.get $cap) (i64.const 0x1234) (i32.const 0) (call $empty)"
      " (i32.const 16) (i32.const 0) (i32.const 0)))";
  return {
      .onStart =
          "(global.set $cap (i32.load (local.get $caps)))"
          "(local.set $x (i32.const " +
          openCalls +
          "))"
          "(loop $again " +
          callOnce + "(br_if $again (local.tee $x (i32.sub (local.get $x) (i32.const 1)))))",
      .onCall = "(i64.store (i32.add (local.get $body) (i32.const 16)) (global.get $answers))" +
                std::string(echoBody),
      .onResult =
          "(global.set $answers (i64.add (global.get $answers) (i64.const 1)))"
          "(call $finish (local.get $id))" +
          callOnce,
      .onError = onError + "(call $finish (local.get $id))" + callOnce,
      .more = "(global $cap (mut i32) (i32.const 0)) (global $answers (mut i64) (i64.const 0))"};
}

// Takes some time for each call.
const WatGuest worker{.onCall =
                          "(local.set $x (i32.const 20000))"
                          "(loop $again (br_if $again"
                          " (local.tee $x (i32.sub (local.get $x) (i32.const 1)))))" +
                          std::string(answerEmpty)};

TEST_F(Payments, whoeverCallsLendsAndPays) {
  const Guest server = spawn(worker, {.name = "server"});
  const Guest caller = spawn(callerOf("1", "unreachable"),
                             {.name = "caller", .grants = {{"server", server.capability()}}});
  ASSERT_TRUE(eventually([&] { return caller.usage().callsMade > 500; }));
  const Usage served = server.usage();
  EXPECT_GT(served.cpuOnLoans, served.cpu);
  EXPECT_GT(caller.usage().cpu, Duration::zero());
}

TEST_F(Payments, whatIsSpentFailsTheCallAndLeavesTheServerAlive) {
  const Guest server =
      spawn({.onCall = "(if (local.get $method) (then " + std::string(answerEmpty) +
                       ") (else (local.set $x (i32.const 200000000))"
                       "(loop $l (br_if $l (local.tee $x (i32.sub (local.get $x)"
                       " (i32.const 1)))))))"},
            {.name = "server", .limits = {.cpuPerCall = 60s}});
  const Guest caller = spawn(relay, {.name = "caller",
                                     .limits = {.cpuLentPerCall = 20ms},
                                     .grants = {{"server", server.capability()}}});
  const Error failure = error(ask(caller));
  EXPECT_EQ(failure.kind(), ErrorKind::overloaded);
  EXPECT_EQ(failure.reason(),
            "the 20 ms of CPU time that 'caller' lends for a call were used up by 'server'");
  EXPECT_EQ(server.usage().cpuOnLoans, 20ms);
  EXPECT_GE(caller.usage().cpu, 20ms);
  EXPECT_EQ(ask(server.capability(), 1, numberMessage(0))->wait(after(patience)),
            WaitResult::signalled);
  EXPECT_GT(server.usage().cpu, Duration::zero());  // the host lends nothing
}

TEST_F(Payments, whatALenderPaysForDoesNotKillTheServer) {
  const Guest server = spawn({.onCall = "(if (local.get $method) (then " +
                                        std::string(answerEmpty) + ") (else (loop $l (br $l))))"},
                             {.name = "server", .limits = {.cpuPerCall = 30ms}});
  const Guest caller = spawn(relay, {.name = "caller",
                                     .limits = {.cpuLentPerCall = 10s},
                                     .grants = {{"server", server.capability()}}});
  const Error failure = error(ask(caller));
  EXPECT_EQ(failure.kind(), ErrorKind::overloaded);
  EXPECT_EQ(failure.reason(), "CPU time of a call 30 ms reached by 'server'");
  // It goes on at its own expense, and has its limit for that.
  EXPECT_TRUE(server.waitEnd(after(patience)));
  EXPECT_EQ(server.verdict().text(), "killed: CPU time of a call 30 ms reached");
  EXPECT_GE(server.usage().cpuOnLoans, 30ms);
  EXPECT_GE(server.usage().cpu, 30ms);
}

TEST_F(Payments, whoGivesUpPaysForWhatIsUnderWay) {
  const Guest server = spawn(spinner, {.name = "server", .limits = {.cpuPerCall = 50ms}});
  WatGuest fickle = relay;
  fickle.onCancelled = "(call $finish (global.get $question))";
  const Guest caller = spawn(fickle, {.name = "caller",
                                      .limits = {.cpuLentPerCall = 10s},
                                      .grants = {{"server", server.capability()}}});
  const auto answer = ask(caller);
  ASSERT_TRUE(eventually([&] { return server.usage().cpuOnLoans > Duration::zero(); }));
  answer->cancel(Error(ErrorKind::failed, "never mind", ErrorDetail::cancelled));
  EXPECT_TRUE(server.waitEnd(after(patience)));
  EXPECT_GE(server.usage().cpuOnLoans, 50ms);
  EXPECT_GE(server.usage().cpu, 50ms);
}

TEST_F(Payments, whoAnswersWorksOnAtItsOwnExpense) {
  // Keeps a question open, answers, and burns CPU time when it hears the result.
  WatGuest thief = relay;
  thief.onCall += answerEmpty;
  thief.onResult = "(loop $l (br $l))";
  const Ref<Collector> slow = makeRef<Collector>();
  const Guest server = spawn(
      thief,
      {.name = "thief", .limits = {.cpuPerCall = 50ms}, .grants = {{"slow", Capability(slow)}}});
  const Guest victim = spawn(relay, {.name = "victim",
                                     .limits = {.cpuLentPerCall = 10s},
                                     .grants = {{"server", server.capability()}}});
  EXPECT_EQ(ask(victim)->wait(after(patience)), WaitResult::signalled);
  slow->next().settle(numberMessage(0));
  EXPECT_TRUE(server.waitEnd(after(patience)));
  EXPECT_EQ(server.verdict().text(), "killed: CPU time of a call 50 ms reached");
  EXPECT_GE(server.usage().cpu, 50ms);
}

TEST_F(Payments, whoAnswersAndLetsAnotherWorkOnLendsForThatItself) {
  const Guest last = spawn(spinner, {.name = "last", .limits = {.cpuPerCall = 60s}});
  WatGuest hasty = relay;
  hasty.onCall += answerEmpty;
  const Guest middle = spawn(hasty, {.name = "middle",
                                     .limits = {.cpuLentPerCall = 50ms},
                                     .grants = {{"last", last.capability()}}});
  const Guest first = spawn(relay, {.name = "first",
                                    .limits = {.cpuLentPerCall = 10s},
                                    .grants = {{"middle", middle.capability()}}});
  EXPECT_EQ(ask(first)->wait(after(patience)), WaitResult::signalled);
  // `last` ends what it does for `middle` when that has lent no more.
  ASSERT_TRUE(eventually([&] { return last.usage().callsFailed == 1; }));
  EXPECT_GE(middle.usage().cpu, 50ms);
}

TEST_F(Payments, theFirstCallerPaysForAllThatFollows) {
  const Guest last = spawn(spinner, {.name = "last", .limits = {.cpuPerCall = 60s}});
  const Guest middle = spawn(relay, {.name = "middle", .grants = {{"last", last.capability()}}});
  const Guest first = spawn(relay, {.name = "first",
                                    .limits = {.cpuLentPerCall = 30ms},
                                    .grants = {{"middle", middle.capability()}}});
  const Error failure = error(ask(first));
  EXPECT_EQ(failure.reason(),
            "the 30 ms of CPU time that 'first' lends for a call were used up by 'last'");
  EXPECT_EQ(middle.usage().cpuOnLoans + last.usage().cpuOnLoans, 30ms);
  EXPECT_GT(middle.usage().cpuOnLoans, Duration::zero());
  EXPECT_GE(first.usage().cpu, 30ms);
}

TEST_F(Payments, whoLendsNothingIsServedAtTheExpenseOfTheServer) {
  const Guest server = spawn(worker, {.name = "server"});
  const Guest caller = spawn(relay, {.name = "caller",
                                     .limits = {.cpuLentPerCall = 0ms},
                                     .grants = {{"server", server.capability()}}});
  EXPECT_EQ(ask(caller)->wait(after(patience)), WaitResult::signalled);
  EXPECT_EQ(server.usage().cpuOnLoans, Duration::zero());
}

TEST_F(Payments, aNativeTroopLendsToo) {
  const Guest server = spawn(spinner, {.name = "server", .limits = {.cpuPerCall = 60s}});
  const Ref<Troop> tenant =
      host.process().troop({.name = "tenant", .cpuMax = 50ms, .cpuLentPerCall = 1s});
  const Ref<Thread> thread = tenant->thread(
      {"caller"}, [](Capability target) { ask(target, 0, numberMessage(0))->wait(); },
      server.capability());
  (void)thread->join(after(patience));
  // It asked for what it cannot pay.
  ASSERT_TRUE(tenant->cause().has_value());
  EXPECT_EQ(tenant->cause()->detail(), ErrorDetail::cpu);
  EXPECT_EQ(server.verdict().text(), "idle");
}

TEST_F(Payments, aFloodIsRefusedAndThePoliteAreServed) {
  const Guest server = spawn(worker, {.name = "server", .limits = {.callsQueued = 16}});
  const std::vector<Grant> grants{{"server", server.capability()}};
  const Guest flooder =
      spawn(callerOf("60", ""), {.name = "flooder", .limits = {.cpu = 300ms}, .grants = grants});
  std::vector<Guest> polite;
  for (int i = 0; i < 9; ++i) {
    // One that is refused traps.
    polite.push_back(spawn(callerOf("1", "unreachable"), {.name = "polite", .grants = grants}));
  }
  ASSERT_TRUE(flooder.waitEnd(after(patience)));
  EXPECT_EQ(flooder.verdict().text(), "killed: CPU time 300 ms reached");
  ASSERT_TRUE(eventually([&] {
    return std::ranges::all_of(polite, [](const Guest& guest) {
      return guest.usage().callsMade > 200 || !guest.verdict().alive();
    });
  }));
  for (const Guest& guest : polite) EXPECT_TRUE(guest.verdict().alive()) << guest.verdict().text();
  EXPECT_TRUE(server.verdict().alive()) << server.verdict().text();
  EXPECT_GT(server.usage().callsFailed, 0u);
}

}  // namespace
}  // namespace troop::sandbox::wasm
