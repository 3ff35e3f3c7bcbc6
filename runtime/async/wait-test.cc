#include "runtime/async/wait.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>

#include "runtime/async/async.h"
#include "runtime/event.h"
#include "runtime/sim/sweep.h"
#include "runtime/task.h"

namespace troop {
namespace {

TROOP_TEST(AsyncWait, forAnEventEndsWhenItIsSetOrAtOnce) {
  Event event;
  int passed = 0;
  Scope scope;
  for (int i = 0; i < 3; ++i) {
    scope.async([&]() -> Async<void> {
      EXPECT_EQ(co_await event, WaitResult::signalled);
      ++passed;
      EXPECT_EQ(co_await event, WaitResult::signalled);
    });
  }
  yield();
  EXPECT_EQ(passed, 0);
  event.set();
  scope.join();
  EXPECT_EQ(passed, 3);
}

TROOP_TEST(AsyncWait, forAnEventOfAnotherThreadLosesNoWakeUp) {
  for (int i = 0; i < 20; ++i) {
    auto event = std::make_unique<Event>();
    Scope scope;
    scope.thread([](Event* e) { e->set(); }, assumeSendable(event.get()));
    const auto waits = [&]() -> Async<void> { co_await *event; };
    await(waits());
    scope.join();
  }
}

TROOP_TEST(AsyncWait, endsAtItsDeadline) {
  Event never;
  const auto waits = [&]() -> Async<WaitResult> {
    co_return co_await async::wait(never, after(1ms));
  };
  EXPECT_EQ(await(waits()), WaitResult::timedOut);
  EXPECT_EQ(await([](Event& event) -> Async<WaitResult> {
              co_return co_await async::wait(event, now());
            }(never)),
            WaitResult::timedOut);
}

TROOP_TEST(AsyncWait, sleepsAsLongAsItIsTold) {
  const auto sleeps = []() -> Async<Duration> {
    const Time begun = now();
    co_await async::sleep(2ms);
    co_await async::sleepUntil(begun);  // long past
    co_return now() - begun;
  };
  EXPECT_GE(await(sleeps()), 2ms);
}

TROOP_TEST(AsyncWait, joinsThreads) {
  std::atomic<bool> ended{false};
  const Ref<Thread> good = Process::current()->root().thread(
      {"good"}, [](std::atomic<bool>* flag) { flag->store(true); }, assumeSendable(&ended));
  const Ref<Thread> bad = Process::current()->root().thread(
      {"bad"}, [] { throw Error(ErrorKind::overloaded, "tired"); });
  const auto joins = [&]() -> Async<void> {
    EXPECT_TRUE(co_await async::join(*good));
    EXPECT_TRUE(ended);
    const Expected<void> outcome = co_await async::join(*bad);
    EXPECT_EQ(outcome.error().reason(), "tired");
    Ref<Thread> self = Ref<Thread>::share(Thread::current());
    try {
      (void)co_await async::join(*self);
      ADD_FAILURE() << "joined itself";
    } catch (const Error& error) {
      EXPECT_EQ(error.detail(), ErrorDetail::deadlock);
    }
  };
  await(joins());
}

TROOP_TEST(AsyncWait, isCancelledWithItsScopeAndThrowsAtEachWaitAfter) {
  Event never, begun;
  int thrown = 0;
  inScope({}, [&](Scope& scope) {
    scope.async([&]() -> Async<void> {
      begun.set();
      for (int i = 0; i < 3; ++i) {
        try {
          co_await never;
        } catch (const Cancelled&) {
          ++thrown;
        }
      }
      try {
        co_await async::sleep(1h);
      } catch (const Cancelled&) {
        ++thrown;
      }
      try {
        co_await async::yield();
      } catch (const Cancelled&) {
        ++thrown;
      }
    });
    begun.wait();
    scope.cancel();
  });
  EXPECT_EQ(thrown, 5);
}

TROOP_TEST(AsyncWait, givesOthersTheirTurnThoughItNeverHasToWait) {
  Event event;
  event.set();
  bool stop = false;
  Scope scope;
  scope.async([&]() -> Async<void> {
    while (!stop) co_await event;
  });
  scope.task([&] { stop = true; });
  scope.join();
  EXPECT_TRUE(stop);
}

TROOP_TEST(AsyncWait, isForCoroutinesThatAScopeRuns) {
  Event event;
  auto wait = async::wait(event);
  EXPECT_THROW(wait.await_ready(), Error);
}

}  // namespace
}  // namespace troop
