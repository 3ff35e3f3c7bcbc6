// Mutexes as a program sees them.
#include <pthread.h>

#include <cerrno>
#include <ctime>
#include <memory>
#include <vector>

#include "runtime/preload/pthread-of-test.h"

namespace troop::preload {
namespace {

class Mutexes : public ::testing::Test {
 protected:
  void make(int type) {
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes, type);
    pthread_mutex_init(&mutex_, &attributes);
    pthread_mutexattr_destroy(&attributes);
  }
  timespec now(clockid_t clock) {
    timespec time;
    clock_gettime(clock, &time);
    return time;
  }

  pthread_mutex_t mutex_ = PTHREAD_MUTEX_INITIALIZER;
};

TEST_F(Mutexes, oneAtATimeOwnsIt) {
  int count = 0;
  const auto work = [&] {
    for (int times = 0; times < 500; ++times) {
      pthread_mutex_lock(&mutex_);
      const int before = count;
      if (times % 10 == 0) sched_yield();
      count = before + 1;
      pthread_mutex_unlock(&mutex_);
    }
  };
  {
    std::vector<std::unique_ptr<PthreadOfTest>> pthreads;
    for (int index = 0; index < 4; ++index) {
      pthreads.push_back(std::make_unique<PthreadOfTest>(work));
    }
    work();
  }
  EXPECT_EQ(count, 2500);
  EXPECT_EQ(pthread_mutex_destroy(&mutex_), 0);
}

TEST_F(Mutexes, recursiveOnesAreCounted) {
  make(PTHREAD_MUTEX_RECURSIVE);
  PthreadOfTest pthread([&] {
    EXPECT_EQ(pthread_mutex_lock(&mutex_), 0);
    EXPECT_EQ(pthread_mutex_lock(&mutex_), 0);
    EXPECT_EQ(pthread_mutex_trylock(&mutex_), 0);
    PthreadOfTest other([&] {
      EXPECT_EQ(pthread_mutex_trylock(&mutex_), EBUSY);
      EXPECT_EQ(pthread_mutex_unlock(&mutex_), EPERM);
    });
    other.join();
    for (int times = 0; times < 3; ++times) EXPECT_EQ(pthread_mutex_unlock(&mutex_), 0);
    EXPECT_EQ(pthread_mutex_unlock(&mutex_), EPERM);
  });
}

TEST_F(Mutexes, thoseThatCheckTellOfMistakes) {
  make(PTHREAD_MUTEX_ERRORCHECK);
  PthreadOfTest pthread([&] {
    EXPECT_EQ(pthread_mutex_unlock(&mutex_), EPERM);
    EXPECT_EQ(pthread_mutex_lock(&mutex_), 0);
    EXPECT_EQ(pthread_mutex_lock(&mutex_), EDEADLK);
    EXPECT_EQ(pthread_mutex_trylock(&mutex_), EBUSY);
    EXPECT_EQ(pthread_mutex_destroy(&mutex_), EBUSY);
    EXPECT_EQ(pthread_mutex_unlock(&mutex_), 0);
  });
}

TEST_F(Mutexes, deadlinesEndTheWait) {
  pthread_mutex_lock(&mutex_);
  PthreadOfTest pthread([&] {
    const timespec real = now(CLOCK_REALTIME);
    const timespec monotonic = now(CLOCK_MONOTONIC);
    const timespec wrong{0, -1};
    EXPECT_EQ(pthread_mutex_timedlock(&mutex_, &real), ETIMEDOUT);
    EXPECT_EQ(pthread_mutex_clocklock(&mutex_, CLOCK_MONOTONIC, &monotonic), ETIMEDOUT);
    EXPECT_EQ(pthread_mutex_timedlock(&mutex_, &wrong), EINVAL);
    EXPECT_EQ(pthread_mutex_clocklock(&mutex_, CLOCK_PROCESS_CPUTIME_ID, &real), EINVAL);
  });
  pthread.join();
  pthread_mutex_unlock(&mutex_);
  const timespec past{1, 0};
  EXPECT_EQ(pthread_mutex_timedlock(&mutex_, &past), 0);
  pthread_mutex_unlock(&mutex_);
}

TEST_F(Mutexes, sharedOnesAreLeftToTheCLibrary) {
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
  pthread_mutex_init(&mutex_, &attributes);
  PthreadOfTest pthread([&] {
    EXPECT_EQ(pthread_mutex_lock(&mutex_), 0);
    EXPECT_EQ(pthread_mutex_trylock(&mutex_), EBUSY);
    EXPECT_EQ(pthread_mutex_unlock(&mutex_), 0);
  });
}

}  // namespace
}  // namespace troop::preload
