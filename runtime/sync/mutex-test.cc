#include "runtime/sync/mutex.h"

#include <gtest/gtest.h>

#include <mutex>
#include <thread>
#include <vector>

#include "runtime/error.h"
#include "runtime/process.h"
#include "runtime/scope.h"
#include "runtime/sim/sweep.h"
#include "runtime/task.h"

namespace troop::sync {
namespace {

constinit mutex madeBeforeAnythingRuns;

TROOP_TEST(Mutex, letsOneInAtATime) {
  const std::lock_guard outer(madeBeforeAnythingRuns);
  mutex mine;
  int inside = 0;
  int sum = 0;
  {
    Scope scope;
    for (int thread = 0; thread < 6; ++thread) {
      scope.thread(
          [](mutex* shared, int* in, int* all) {
            for (int i = 0; i < 20; ++i) {
              const std::lock_guard lock(*shared);
              EXPECT_EQ(++*in, 1);
              if (i % 4 == 0) yield();
              ++*all;
              --*in;
            }
          },
          assumeSendable(&mine), assumeSendable(&inside), assumeSendable(&sum));
    }
  }
  EXPECT_EQ(sum, 120);
}

TEST(Mutex, isSharedByAProcessAndItsHost) {
  mutex mine;
  int sum = 0;
  Process process({.carriers = 2});
  const auto add = [&] {
    for (int i = 0; i < 200; ++i) {
      const std::lock_guard lock(mine);
      ++sum;
      if (i % 50 == 0) yield();
    }
  };
  std::jthread host(add);
  const Ref<Troop> guest = process.troop({.name = "guest"});
  const Ref<Thread> theirs = guest->thread({}, assumeSendable(add));
  process.run(add);
  theirs->join().value();
  host.join();
  EXPECT_EQ(sum, 600);
}

TROOP_TEST(Mutex, severalAreLockedTogetherInAnyOrder) {
  mutex first, second;
  int sum = 0;
  Scope scope;
  for (int thread = 0; thread < 4; ++thread) {
    scope.thread(
        [](mutex* a, mutex* b, int* all) {
          for (int i = 0; i < 10; ++i) {
            const std::scoped_lock lock(*a, *b);
            ++*all;
          }
        },
        assumeSendable(thread % 2 == 0 ? &first : &second),
        assumeSendable(thread % 2 == 0 ? &second : &first), assumeSendable(&sum));
  }
  scope.join();
  EXPECT_EQ(sum, 40);
}

TROOP_TEST(Mutex, isTriedWithoutWaiting) {
  mutex mine;
  std::unique_lock lock(mine, std::try_to_lock);
  EXPECT_TRUE(lock.owns_lock());
  Scope scope;
  scope.task([&] { EXPECT_FALSE(mine.try_lock()); });
  scope.join();
  lock.unlock();
  EXPECT_TRUE(mine.try_lock());
  mine.unlock();
}

TROOP_TEST(Mutex, isNotLockedTwiceByTheSame) {
  mutex mine;
  const std::lock_guard lock(mine);
  try {
    mine.lock();
    ADD_FAILURE() << "it was locked";
  } catch (const Error& error) {
    EXPECT_EQ(error.detail(), ErrorDetail::deadlock);
  }
}

// As destructors and noexcept functions need.
TROOP_TEST(Mutex, isLockedByWhoWasCancelled) {
  mutex mine;
  bool locked = false;
  std::unique_lock lock(mine);
  Scope scope;
  scope.task([&] {
    Scope inner;
    inner.cancel();
    const std::lock_guard theirs(mine);
    locked = true;
  });
  yield();
  lock.unlock();
  scope.join();
  EXPECT_TRUE(locked);
}

TROOP_TEST(TimedMutex, isGivenUpWhenTimeHasPassed) {
  timed_mutex mine;
  std::unique_lock lock(mine);
  Scope scope;
  scope.task([&] {
    EXPECT_FALSE(mine.try_lock_for(1ms));
    EXPECT_FALSE(mine.try_lock_until(after(1ms)));
    EXPECT_FALSE(mine.try_lock_for(-1ms));
  });
  scope.join();
  lock.unlock();
  EXPECT_TRUE(mine.try_lock_for(1h));
  mine.unlock();
}

TROOP_TEST(TimedMutex, isAWaitThatIsCancelled) {
  timed_mutex mine;
  bool waits = false;
  bool wasCancelled = false;
  const std::lock_guard lock(mine);
  Scope scope;
  scope.task([&] {
    waits = true;
    try {
      (void)mine.try_lock_for(1h);
    } catch (const Cancelled&) {
      wasCancelled = true;
      throw;
    }
  });
  while (!waits) yield();
  scope.cancel();
  scope.join();
  EXPECT_TRUE(wasCancelled);
}

TROOP_TEST(RecursiveMutex, isUnlockedAsOftenAsItWasLocked) {
  recursive_mutex mine;
  mine.lock();
  EXPECT_TRUE(mine.try_lock());
  mine.lock();
  const auto isFree = [&] {
    bool was = false;
    Scope scope;
    scope.task([&] {
      was = mine.try_lock();
      if (was) mine.unlock();
    });
    scope.join();
    return was;
  };
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(isFree());
    mine.unlock();
  }
  EXPECT_TRUE(isFree());
}

TROOP_TEST(RecursiveMutex, withATimeIsGivenUpWhenThatHasPassed) {
  recursive_timed_mutex mine;
  EXPECT_TRUE(mine.try_lock_for(1h));
  EXPECT_TRUE(mine.try_lock_until(after(1h)));
  Scope scope;
  scope.task([&] { EXPECT_FALSE(mine.try_lock_for(1ms)); });
  scope.join();
  mine.unlock();
  mine.unlock();
}

}  // namespace
}  // namespace troop::sync
