// What pthreads are asked about, and told to be, as a program sees it.
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <ctime>

#include "runtime/preload/pthread-of-test.h"

namespace troop::preload {
namespace {

class Properties : public ::testing::Test {
 protected:
  Properties() { sem_init(&go_, 0, 0); }
  // Who waits, and is another one to those that ask.
  pthread_t other() const { return waits_.id(); }
  ~Properties() override { sem_post(&go_); }

  sem_t go_;
  PthreadOfTest waits_{[this] {
    while (sem_wait(&go_) != 0) {
    }
  }};
};

TEST_F(Properties, affinityIsThatOfTheCarrierAndIsNotChanged) {
  cpu_set_t set;
  EXPECT_EQ(pthread_getaffinity_np(other(), sizeof(set), &set), 0);
  const int before = CPU_COUNT(&set);
  EXPECT_GT(before, 0);
  EXPECT_EQ(pthread_getaffinity_np(other(), 0, &set), EINVAL);
  PthreadOfTest changes([&] {
    cpu_set_t one;
    CPU_ZERO(&one);
    EXPECT_EQ(pthread_setaffinity_np(pthread_self(), sizeof(one), &one), EINVAL);
    CPU_SET(sched_getcpu(), &one);
    EXPECT_EQ(pthread_setaffinity_np(pthread_self(), sizeof(one), &one), 0);
    EXPECT_EQ(pthread_setaffinity_np(other(), sizeof(one), &one), 0);
    EXPECT_EQ(pthread_getaffinity_np(pthread_self(), sizeof(set), &set), 0);
    EXPECT_EQ(CPU_COUNT(&set), before);
  });
}

TEST_F(Properties, clocksAreThoseOfTheCarrier) {
  PthreadOfTest asks([&] {
    for (const pthread_t of : {pthread_self(), other()}) {
      clockid_t clock = 0;
      timespec time;
      EXPECT_EQ(pthread_getcpuclockid(of, &clock), 0);
      EXPECT_EQ(clock_gettime(clock, &time), 0);
    }
    EXPECT_EQ(gettid(), ownTid());
  });
}

TEST_F(Properties, prioritiesAreThoseOfTheCarrierAndNoneIsRealTime) {
  for (const pthread_t of : {other(), pthread_self()}) {
    int policy = -1;
    sched_param parameters{.sched_priority = -1};
    EXPECT_EQ(pthread_getschedparam(of, &policy, &parameters), 0);
    EXPECT_EQ(policy, SCHED_OTHER);
    EXPECT_EQ(parameters.sched_priority, 0);
    EXPECT_EQ(pthread_setschedparam(of, policy, &parameters), 0);
  }
  sched_param parameters{.sched_priority = 10};
  EXPECT_EQ(pthread_setschedparam(other(), SCHED_FIFO, &parameters), EPERM);
  EXPECT_EQ(pthread_setschedparam(other(), SCHED_OTHER, &parameters), EINVAL);
  EXPECT_EQ(pthread_setschedparam(other(), 100, &parameters), EINVAL);
  EXPECT_EQ(pthread_setschedprio(other(), 0), 0);
  EXPECT_EQ(pthread_setschedprio(other(), 1), EINVAL);
}

TEST_F(Properties, attributesAreKnownToOthers) {
  pthread_attr_t attributes;
  EXPECT_EQ(pthread_getattr_np(other(), &attributes), 0);
  void* stack = nullptr;
  std::size_t bytes = 0;
  EXPECT_EQ(pthread_attr_getstack(&attributes, &stack, &bytes), 0);
  EXPECT_GT(bytes, 0u);
  cpu_set_t set;
  EXPECT_EQ(pthread_attr_getaffinity_np(&attributes, sizeof(set), &set), 0);
  EXPECT_GT(CPU_COUNT(&set), 0);
  EXPECT_EQ(pthread_attr_destroy(&attributes), 0);
}

TEST_F(Properties, namesAreTheirOwn) {
  std::array<char, 16> name;
  EXPECT_EQ(pthread_getname_np(other(), name.data(), name.size()), 0);
  EXPECT_STREQ(name.data(), "properties-test");
  EXPECT_EQ(pthread_getname_np(other(), name.data(), 15), ERANGE);
  EXPECT_EQ(pthread_setname_np(other(), "of 16 characters"), ERANGE);
  EXPECT_EQ(pthread_setname_np(other(), "another one"), 0);
  PthreadOfTest named([&] {
    EXPECT_EQ(pthread_setname_np(pthread_self(), "fifteen letters"), 0);
    usleep(10);
    EXPECT_EQ(pthread_getname_np(pthread_self(), name.data(), name.size()), 0);
    EXPECT_STREQ(name.data(), "fifteen letters");
  });
  named.join();
  EXPECT_EQ(pthread_getname_np(other(), name.data(), name.size()), 0);
  EXPECT_STREQ(name.data(), "another one");
}

// One of those that the C library looks after: by the number that it knows its owner by.
TEST_F(Properties, whoIsAskedAboutOwnsWhatItLocksMeanwhile) {
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ERRORCHECK);
  pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
  pthread_mutex_t mutex;
  pthread_mutex_init(&mutex, &attributes);
  std::atomic<bool> ended{false};
  PthreadOfTest locks([&] {
    int mistakes = 0;
    for (int times = 0; times < 200'000; ++times) {
      pthread_mutex_lock(&mutex);
      if (pthread_mutex_unlock(&mutex) != 0 && ++mistakes == 10) break;
    }
    EXPECT_EQ(mistakes, 0);
    ended.store(true);
  });
  while (!ended.load()) {
    cpu_set_t set;
    clockid_t clock = 0;
    pthread_attr_t its;
    pthread_getaffinity_np(locks.id(), sizeof(set), &set);
    pthread_getcpuclockid(locks.id(), &clock);
    if (pthread_getattr_np(locks.id(), &its) == 0) pthread_attr_destroy(&its);
  }
}

}  // namespace
}  // namespace troop::preload
