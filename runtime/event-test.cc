#include "runtime/event.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "runtime/scope.h"
#include "runtime/sim/sweep.h"
#include "runtime/task.h"

namespace troop {
namespace {

TROOP_TEST(Event, wakesAllWhoWait) {
  Event event;
  int woken = 0;
  {
    Scope scope;
    for (int i = 0; i < 10; ++i) {
      scope.task([&] {
        EXPECT_EQ(event.wait(), WaitResult::signalled);
        ++woken;
      });
    }
    scope.task([&] {
      EXPECT_EQ(woken, 0);
      event.set();
      event.set();
    });
  }
  EXPECT_EQ(woken, 10);
  EXPECT_TRUE(event.isSet());
  EXPECT_EQ(event.wait(now()), WaitResult::signalled);
}

TROOP_TEST(Event, waitEndsAtItsDeadline) {
  Event event;
  const Time deadline = after(1ms);
  EXPECT_EQ(event.wait(deadline), WaitResult::timedOut);
  EXPECT_GE(now(), deadline);
  EXPECT_EQ(event.wait(now() - 1s), WaitResult::timedOut);
  EXPECT_FALSE(event.isSet());
}

TROOP_TEST(Event, mayGoAsSoonAsAWaitHasReturned) {
  Scope scope;
  for (int i = 0; i < 100; ++i) {
    const auto event = std::make_unique<Event>();
    scope.thread([](Event* shared) { shared->set(); }, assumeSendable(event.get()));
    event->wait();
  }
}

TROOP_TEST(Event, setAtTheDeadlineEndsTheWaitOnce) {
  for (int i = 0; i < 50; ++i) {
    Event event;
    Scope scope;
    const Time when = after(100us);
    scope.task([&event, when] {
      sleepUntil(when);
      event.set();
    });
    scope.task([&event, when] {
      const WaitResult result = event.wait(when);
      EXPECT_TRUE(result == WaitResult::signalled || result == WaitResult::timedOut);
      EXPECT_EQ(event.wait(), WaitResult::signalled);
    });
  }
}

TEST(Event, servesOsThreadsAndTasksAlike) {
  Process process({.carriers = 2});
  for (int round = 0; round < 200; ++round) {
    Event toTask, toOsThread;
    std::thread osThread([&] {
      toTask.set();
      EXPECT_EQ(toOsThread.wait(), WaitResult::signalled);
    });
    process.run([&] {
      toTask.wait();
      toOsThread.set();
    });
    osThread.join();
  }
}

TEST(Event, osThreadsWaitUntilTheDeadline) {
  Event event;
  EXPECT_EQ(event.wait(after(1ms)), WaitResult::timedOut);
  EXPECT_EQ(event.waitNoThrow(now()), WaitResult::timedOut);
  event.set();
  EXPECT_EQ(event.waitNoThrow(), WaitResult::signalled);
}

}  // namespace
}  // namespace troop
