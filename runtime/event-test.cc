#include "runtime/event.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
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

// The last of many who leave lets go of it, also of one who leaves because its deadline passes.
TROOP_TEST(Event, mayGoAsSoonAsManyHaveLeft) {
  auto event = std::make_unique<Event>();
  std::atomic<int> waiting = 200;
  Scope scope;
  for (int i = 0; i < 200; ++i) {
    scope.task([&, i] {
      event->wait(i % 2 == 0 ? never : after(1ms));
      if (--waiting == 0) event.reset();
    });
  }
  scope.task([&] {
    sleep(1ms);
    event->set();
  });
  scope.join();
  EXPECT_EQ(event, nullptr);
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
