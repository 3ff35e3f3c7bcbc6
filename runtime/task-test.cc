#include "runtime/task.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <exception>
#include <set>
#include <stdexcept>
#include <thread>

#include "runtime/process.h"
#include "runtime/scope.h"
#include "runtime/sim/sweep.h"

namespace troop {
namespace {

[[gnu::noinline]] int readErrno() {
  return errno;
}
[[gnu::noinline]] void writeErrno(int value) {
  errno = value;
}

TROOP_TEST(Task, yieldLetsTheOthersRun) {
  int others = 0;
  bool seen = false;
  Scope scope;
  scope.task([&] {
    while (others < 10) yield();
    seen = true;
  });
  for (int i = 0; i < 10; ++i) scope.task([&] { ++others; });
  scope.join();
  EXPECT_TRUE(seen);
}

TROOP_TEST(Task, yieldLetsOtherThreadsRun) {
  std::atomic<bool> stop{false};
  Scope scope;
  scope.thread([](std::atomic<bool>* flag) { *flag = true; }, assumeSendable(&stop));
  while (!stop) yield();
}

TROOP_TEST(Task, sleepsAtLeastAsLongAsAsked) {
  const Time begun = now();
  sleep(2ms);
  EXPECT_GE(now() - begun, 2ms);
  sleep(0ns);
  sleep(-1s);
  sleepUntil(begun);
}

TROOP_TEST(Task, wakesInTheOrderOfDeadlines) {
  std::vector<int> order;
  Scope scope;
  const Time start = now();
  for (const int i : {3, 1, 2}) {
    scope.task([&, i] {
      sleepUntil(start + i * 5ms);
      order.push_back(i);
    });
  }
  scope.join();
  EXPECT_EQ(order, (std::vector<int>{1, 2, 3}));
}

TROOP_TEST(Task, keepsItsExceptionsOverSwitches) {
  Scope scope;
  for (int i = 0; i < 8; ++i) {
    const auto body = [](int number) {
      for (int round = 0; round < 5; ++round) {
        try {
          throw std::runtime_error(std::to_string(number));
        } catch (const std::runtime_error& outer) {
          yield();
          try {
            throw std::logic_error(std::to_string(-number));
          } catch (const std::logic_error& inner) {
            sleep(1us);
            EXPECT_EQ(inner.what(), std::to_string(-number));
          }
          yield();
          EXPECT_EQ(outer.what(), std::to_string(number));
          try {
            throw;
          } catch (const std::runtime_error& again) {
            EXPECT_EQ(again.what(), std::to_string(number));
          }
        }
        EXPECT_EQ(std::current_exception(), nullptr);
        EXPECT_EQ(std::uncaught_exceptions(), 0);
      }
    };
    scope.task([=] { body(i + 1); });
    scope.thread(body, i + 100);
  }
}

TROOP_TEST(Task, keepsErrnoOverSwitches) {
  Scope scope;
  for (int i = 1; i <= 6; ++i) {
    const auto body = [](int number) {
      for (int round = 0; round < 50; ++round) {
        writeErrno(number * 1000 + round);
        yield();
        EXPECT_EQ(readErrno(), number * 1000 + round);
      }
    };
    scope.task([=] { body(i); });
    scope.thread(body, i + 10);
  }
}

TROOP_TEST(Task, unwindsWithWaitsInDestructors) {
  struct WaitsWhenDestroyed {
    int& waits;
    ~WaitsWhenDestroyed() {
      sleep(1us);
      yield();
      ++waits;
    }
  };
  int waits = 0;
  for (int i = 0; i < 3; ++i) {
    try {
      const WaitsWhenDestroyed first{waits};
      const WaitsWhenDestroyed second{waits};
      throw i;
    } catch (int caught) {
      EXPECT_EQ(caught, i);
    }
  }
  EXPECT_EQ(waits, 6);
}

TROOP_TEST(Task, knowsThatItIsOne) {
  EXPECT_TRUE(inTask());
  EXPECT_EQ(deadline(), never);
  throwIfCancelled();
  EXPECT_NE(Thread::current(), nullptr);
  EXPECT_NE(Process::current(), nullptr);
}

TEST(Task, functionsWorkInOsThreads) {
  EXPECT_FALSE(inTask());
  EXPECT_EQ(deadline(), never);
  EXPECT_EQ(Thread::current(), nullptr);
  EXPECT_EQ(Process::current(), nullptr);
  const Time begun = now();
  sleep(1ms);
  EXPECT_GE(now() - begun, 1ms);
  yield();
  throwIfCancelled();
}

// Until a Task has been seen on both carriers: errno and exceptions go with it.
TEST(Task, takesErrnoAndExceptionsToOtherCarriers) {
  Process process({.carriers = 2});
  std::atomic<bool> migrated{false};
  process.run([&] {
    Scope scope;
    for (int i = 0; i < 4; ++i) {
      scope.thread(
          [](int number, std::atomic<bool>* done) {
            const Thread& self = *Thread::current();
            try {
              throw number;
            } catch (int) {
              while (!*done) {
                writeErrno(number);
                yield();
                EXPECT_EQ(readErrno(), number);
                try {
                  throw;
                } catch (int again) {
                  EXPECT_EQ(again, number);
                }
                if (self.migrations() > 3) *done = true;
              }
            }
          },
          i, assumeSendable(&migrated));
    }
  });
  EXPECT_TRUE(migrated);
}

}  // namespace
}  // namespace troop
