#include "runtime/sync/shared-mutex.h"

#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <shared_mutex>
#include <thread>

#include "runtime/error.h"
#include "runtime/scope.h"
#include "runtime/sim/sweep.h"
#include "runtime/task.h"

namespace troop::sync {
namespace {

struct Seen {
  shared_mutex mutex;
  std::atomic<int> readers{0};
  std::atomic<int> writers{0};
  std::atomic<int> readTogether{0};

  void read() {
    const std::shared_lock lock(mutex);
    if (readers.fetch_add(1) > 0) ++readTogether;
    EXPECT_EQ(writers, 0);
    yield();
    --readers;
  }
  void write() {
    const std::lock_guard lock(mutex);
    EXPECT_EQ(++writers, 1);
    EXPECT_EQ(readers, 0);
    yield();
    --writers;
  }
};

TROOP_TEST(SharedMutex, letsManyReadOrOneWrite) {
  Seen seen;
  Scope scope;
  for (int thread = 0; thread < 6; ++thread) {
    scope.thread(
        [](Seen* at, bool writes) {
          for (int i = 0; i < 10; ++i) writes ? at->write() : at->read();
        },
        assumeSendable(&seen), thread < 2);
  }
  scope.join();
}

TROOP_TEST(SharedMutex, isReadTogether) {
  Seen seen;
  Scope scope;
  const std::shared_lock lock(seen.mutex);
  ++seen.readers;
  for (int task = 0; task < 3; ++task) scope.task([&] { seen.read(); });
  scope.join();
  EXPECT_EQ(seen.readTogether, 3);
}

// Who reads again and again keeps nobody from writing, nor the other way round.
TROOP_TEST(SharedMutex, whoReadsAndWhoWritesTakeTurns) {
  Seen seen;
  std::atomic<bool> wrote{false}, read{false};
  Scope scope;
  for (int task = 0; task < 2; ++task) {
    scope.task([&] {
      while (!wrote) seen.read();
    });
  }
  scope.task([&] {
    seen.write();
    wrote = true;
  });
  scope.join();
  for (int task = 0; task < 2; ++task) {
    scope.task([&] {
      while (!read) seen.write();
    });
  }
  scope.task([&] {
    seen.read();
    read = true;
  });
  scope.join();
}

TROOP_TEST(SharedMutex, whoNoLongerWaitsToWriteKeepsNobodyFromReading) {
  shared_timed_mutex mine;
  const std::shared_lock lock(mine);
  Scope scope;
  bool triedToWrite = false;
  scope.task([&] {
    EXPECT_FALSE(mine.try_lock_for(1ms));
    triedToWrite = true;
  });
  scope.task([&] {
    mine.lock_shared();
    mine.unlock_shared();
  });
  scope.join();
  EXPECT_TRUE(triedToWrite);
  EXPECT_TRUE(mine.try_lock_shared());
  mine.unlock_shared();
}

TROOP_TEST(SharedMutex, isTriedWithoutWaiting) {
  shared_timed_mutex mine;
  EXPECT_TRUE(mine.try_lock());
  Scope scope;
  scope.task([&] {
    EXPECT_FALSE(mine.try_lock());
    EXPECT_FALSE(mine.try_lock_shared());
    EXPECT_FALSE(mine.try_lock_shared_for(1ms));
    EXPECT_FALSE(mine.try_lock_until(after(1ms)));
  });
  scope.join();
  mine.unlock();
  EXPECT_TRUE(mine.try_lock_shared_until(after(1h)));
  EXPECT_FALSE(mine.try_lock());
  mine.unlock_shared();
}

TROOP_TEST(SharedMutex, isNotLockedTwiceByWhoWrites) {
  shared_mutex mine;
  const std::lock_guard lock(mine);
  EXPECT_THROW(mine.lock(), Error);
  EXPECT_THROW(mine.lock_shared(), Error);
}

TEST(SharedMutex, isSharedByOsThreads) {
  Seen seen;
  std::jthread writes([&] {
    for (int i = 0; i < 100; ++i) seen.write();
  });
  std::jthread reads([&] {
    for (int i = 0; i < 100; ++i) seen.read();
  });
  for (int i = 0; i < 100; ++i) seen.read();
}

}  // namespace
}  // namespace troop::sync
