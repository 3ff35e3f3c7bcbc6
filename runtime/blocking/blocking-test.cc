#include "runtime/blocking/blocking.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <latch>
#include <stdexcept>
#include <thread>

#include "runtime/async/async.h"
#include "runtime/async/wait.h"
#include "runtime/process.h"
#include "runtime/scope.h"
#include "runtime/sim/sweep.h"
#include "runtime/task.h"
#include "runtime/testing/os-threads.h"
#include "runtime/thread.h"

namespace troop {
namespace {

TROOP_TEST(Blocking, givesWhatTheFunctionGives) {
  EXPECT_EQ(blocking([] { return 42; }), 42);
  int called = 0;
  blocking([&] { ++called; });
  int& same = blocking([&]() -> int& { return called; });
  EXPECT_EQ(&same, &called);
  EXPECT_EQ(called, 1);
  EXPECT_THROW(blocking([] { throw std::out_of_range("too far"); }), std::out_of_range);
}

TROOP_TEST(Blocking, isDoneInCoroutines) {
  const auto work = []() -> Async<int> {
    const int first = blocking([] { return 1; });
    co_await async::yield();
    co_return first + blocking([] { return 2; });
  };
  EXPECT_EQ(await(work()), 3);
}

TROOP_TEST(Blocking, mayWaitInside) {
  int value = 0;
  Scope scope;
  scope.task([&] {
    value = blocking([] {
      sleep(1us);
      return 1;
    });
  });
  scope.task([&] { blocking([] { yield(); }); });
  scope.join();
  EXPECT_EQ(value, 1);
}

TEST(Blocking, justCallsOutsideOfTasks) {
  EXPECT_EQ(blocking([] { return 42; }), 42);
}

// Starts who lets it go on, and blocks its only carrier until then.
void blockUntilAnotherHasRun() {
  std::latch released(1);
  Scope scope;
  scope.thread([](std::latch* latch) { latch->count_down(); }, assumeSendable(&released));
  blocking([&] { released.wait(); });
}

TEST(Blocking, letsOthersGoOnMeanwhile) {
  Process process({.carriers = 1});
  process.run([] {
    for (int round = 0; round < 20; ++round) blockUntilAnotherHasRun();
  });
}

TEST(Blocking, letsOthersOfACoroutineGoOnMeanwhile) {
  Process process({.carriers = 1});
  process.run([] {
    std::latch released(1);
    Scope scope;
    scope.thread([](std::latch* latch) { latch->count_down(); }, assumeSendable(&released));
    const auto work = [&]() -> Async<int> {
      blocking([&] { released.wait(); });
      co_await async::yield();
      co_return 1;
    };
    EXPECT_EQ(await(work()), 1);
  });
}

TEST(Blocking, isReplacedWithoutAWordAsWell) {
  Process process({.carriers = 1});
  process.run([] {
    for (int round = 0; round < 5; ++round) {
      std::latch released(1);
      Scope scope;
      scope.thread([](std::latch* latch) { latch->count_down(); }, assumeSendable(&released));
      released.wait();
    }
  });
}

TEST(Blocking, isReplacedWhileItComputesForLong) {
  Process process({.carriers = 1});
  process.run([] {
    std::atomic<bool> over{false};
    Scope scope;
    scope.thread([](std::atomic<bool>* flag) { *flag = true; }, assumeSendable(&over));
    while (!over) {
    }
  });
}

// Not inlined, since compilers keep the address of errno over a wait.
[[gnu::noinline]] int readErrno() {
  return errno;
}

TEST(Blocking, keepsErrnoWhenItGoesOnElsewhere) {
  Process process({.carriers = 1});
  process.run([] {
    for (int round = 0; round < 20; ++round) {
      std::latch released(1);
      Scope scope;
      scope.thread([](std::latch* latch) { latch->count_down(); }, assumeSendable(&released));
      const ssize_t got = blocking([&] {
        released.wait();
        return ::read(-1, nullptr, 0);
      });
      EXPECT_EQ(got, -1);
      EXPECT_EQ(readErrno(), EBADF);
    }
  });
}

// Some sleep for so long that they are replaced, most do not.
TEST(Blocking, tenThousandThreadsInPlainSleepsDoNotStopOthers) {
  constexpr unsigned carriers = 2, sparesMax = 8, watchdogs = 1;
  constexpr int sleepers = 10'000, rounds = 100;
  const std::size_t before = tests::osThreads();
  {
    Process process({.carriers = carriers, .sparesMax = sparesMax, .stuckAfter = 2ms});
    const Ref<Troop> sleeping = process.troop({.name = "sleeps"});
    std::atomic<int> left{sleepers};
    for (int i = 0; i < sleepers; ++i) {
      sleeping->thread(
          {},
          [](std::atomic<int>* count, int number) {
            ::usleep(number % 100 == 0 ? 10'000 : 100);
            --*count;
          },
          assumeSendable(&left), i);
    }
    process.run([] {
      for (int round = 0; round < rounds; ++round) {
        Scope scope;
        scope.thread([] { yield(); });
      }
    });
    EXPECT_GT(left, 0) << "what was started last waited for all of them";
    EXPECT_LE(tests::osThreads(), before + carriers + sparesMax + watchdogs);
    while (left > 0) std::this_thread::sleep_for(1ms);
    EXPECT_LE(tests::osThreads(), before + carriers + sparesMax + watchdogs);
  }
  tests::awaitOsThreads(before);
}

}  // namespace
}  // namespace troop
