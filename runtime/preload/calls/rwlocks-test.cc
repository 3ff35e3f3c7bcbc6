// Locks for readers and writers as a program sees them.
#include <pthread.h>

#include <atomic>
#include <cerrno>
#include <ctime>
#include <memory>
#include <vector>

#include "runtime/preload/pthread-of-test.h"

namespace troop::preload {
namespace {

TEST(Rwlocks, writersAreAloneAndReadersAreNot) {
  pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
  int value = 0;
  std::atomic<int> torn{0};
  const auto reads = [&] {
    for (int times = 0; times < 300; ++times) {
      pthread_rwlock_rdlock(&lock);
      const int before = value;
      sched_yield();
      if (value != before) torn.fetch_add(1);
      pthread_rwlock_unlock(&lock);
    }
  };
  const auto writes = [&] {
    for (int times = 0; times < 100; ++times) {
      pthread_rwlock_wrlock(&lock);
      ++value;
      pthread_rwlock_unlock(&lock);
    }
  };
  {
    PthreadOfTest one(reads);
    PthreadOfTest two(reads);
    PthreadOfTest three(writes);
    PthreadOfTest four(writes);
    writes();
  }
  EXPECT_EQ(value, 300);
  EXPECT_EQ(torn.load(), 0);
  EXPECT_EQ(pthread_rwlock_destroy(&lock), 0);
}

TEST(Rwlocks, whoDoesNotWaitIsTold) {
  pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
  timespec past{1, 0};
  EXPECT_EQ(pthread_rwlock_unlock(&lock), EPERM);
  EXPECT_EQ(pthread_rwlock_wrlock(&lock), 0);
  EXPECT_EQ(pthread_rwlock_wrlock(&lock), EDEADLK);
  EXPECT_EQ(pthread_rwlock_rdlock(&lock), EDEADLK);
  PthreadOfTest reads([&] {
    EXPECT_EQ(pthread_rwlock_tryrdlock(&lock), EBUSY);
    EXPECT_EQ(pthread_rwlock_timedrdlock(&lock, &past), ETIMEDOUT);
    EXPECT_EQ(pthread_rwlock_clockrdlock(&lock, CLOCK_MONOTONIC, &past), ETIMEDOUT);
    EXPECT_EQ(pthread_rwlock_clockrdlock(&lock, CLOCK_BOOTTIME, &past), EINVAL);
  });
  reads.join();
  EXPECT_EQ(pthread_rwlock_unlock(&lock), 0);
  EXPECT_EQ(pthread_rwlock_rdlock(&lock), 0);
  PthreadOfTest writes([&] {
    EXPECT_EQ(pthread_rwlock_trywrlock(&lock), EBUSY);
    EXPECT_EQ(pthread_rwlock_timedwrlock(&lock, &past), ETIMEDOUT);
    EXPECT_EQ(pthread_rwlock_clockwrlock(&lock, CLOCK_MONOTONIC, &past), ETIMEDOUT);
    EXPECT_EQ(pthread_rwlock_tryrdlock(&lock), 0);
    EXPECT_EQ(pthread_rwlock_unlock(&lock), 0);
  });
  writes.join();
  EXPECT_EQ(pthread_rwlock_unlock(&lock), 0);
}

TEST(Rwlocks, readersLetWritersGoFirstWhereTheAttributesSaySo) {
  pthread_rwlockattr_t attributes;
  pthread_rwlockattr_init(&attributes);
  pthread_rwlockattr_setkind_np(&attributes, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
  pthread_rwlock_t lock;
  pthread_rwlock_init(&lock, &attributes);
  ASSERT_EQ(pthread_rwlock_rdlock(&lock), 0);
  bool written = false;
  PthreadOfTest writes([&] {
    pthread_rwlock_wrlock(&lock);
    written = true;
    pthread_rwlock_unlock(&lock);
  });
  PthreadOfTest reads([&] {
    // Once the writer waits, nobody else gets it to read.
    int result = 0;
    while ((result = pthread_rwlock_tryrdlock(&lock)) == 0) {
      pthread_rwlock_unlock(&lock);
      sched_yield();
    }
    EXPECT_EQ(result, EBUSY);
  });
  reads.join();
  pthread_rwlock_unlock(&lock);
  writes.join();
  EXPECT_TRUE(written);
}

}  // namespace
}  // namespace troop::preload
