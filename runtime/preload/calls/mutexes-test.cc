// Mutexes as a program sees them.
#include <pthread.h>
#include <semaphore.h>
#include <unistd.h>

#include <array>
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

// One pthread holds it while another one waits for it.
void contend(pthread_mutex_t& mutex) {
  sem_t held;
  sem_t go;
  sem_init(&held, 0, 0);
  sem_init(&go, 0, 0);
  PthreadOfTest holds([&] {
    EXPECT_EQ(pthread_mutex_lock(&mutex), 0);
    sem_post(&held);
    sem_wait(&go);
    EXPECT_EQ(pthread_mutex_unlock(&mutex), 0);
  });
  sem_wait(&held);
  PthreadOfTest waits([&] {
    sem_post(&go);
    EXPECT_EQ(pthread_mutex_lock(&mutex), 0);
    EXPECT_EQ(pthread_mutex_unlock(&mutex), 0);
  });
}

TEST_F(Mutexes, prioritiesAreNotInherited) {
  for (const int robust : {PTHREAD_MUTEX_STALLED, PTHREAD_MUTEX_ROBUST}) {
    for (const int shared : {PTHREAD_PROCESS_PRIVATE, PTHREAD_PROCESS_SHARED}) {
      pthread_mutexattr_t attributes;
      pthread_mutexattr_init(&attributes);
      EXPECT_EQ(pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_INHERIT), 0);
      pthread_mutexattr_setrobust(&attributes, robust);
      pthread_mutexattr_setpshared(&attributes, shared);
      int protocol = -1;
      EXPECT_EQ(pthread_mutexattr_getprotocol(&attributes, &protocol), 0);
      EXPECT_EQ(protocol, PTHREAD_PRIO_NONE);
      EXPECT_EQ(pthread_mutexattr_setprotocol(&attributes, -1), EINVAL);
      pthread_mutex_init(&mutex_, &attributes);
      for (int times = 0; times < 20; ++times) contend(mutex_);
      EXPECT_EQ(pthread_mutex_destroy(&mutex_), 0);
    }
  }
}

class RobustMutexes : public ::testing::TestWithParam<int> {
 protected:
  RobustMutexes() {
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    pthread_mutexattr_setpshared(&attributes, GetParam());
    for (pthread_mutex_t& mutex : mutexes_) pthread_mutex_init(&mutex, &attributes);
  }

  void expectGivenUp(pthread_mutex_t& mutex) {
    EXPECT_EQ(pthread_mutex_lock(&mutex), EOWNERDEAD);
    EXPECT_EQ(pthread_mutex_consistent(&mutex), 0);
    EXPECT_EQ(pthread_mutex_unlock(&mutex), 0);
    EXPECT_EQ(pthread_mutex_destroy(&mutex), 0);
  }

  std::array<pthread_mutex_t, 2> mutexes_;
};

TEST_P(RobustMutexes, whatAPthreadHoldsIsGivenUpWhenItEnds) {
  PthreadOfTest ends([&] {
    for (pthread_mutex_t& mutex : mutexes_) EXPECT_EQ(pthread_mutex_lock(&mutex), 0);
    usleep(10);  // may go on in another OS thread
  });
  ends.join();
  expectGivenUp(mutexes_[0]);
  PthreadOfTest takesOver([&] { expectGivenUp(mutexes_[1]); });
}

TEST_P(RobustMutexes, whoWaitsIsTold) {
  sem_t held;
  sem_init(&held, 0, 0);
  PthreadOfTest ends([&] {
    for (pthread_mutex_t& mutex : mutexes_) EXPECT_EQ(pthread_mutex_lock(&mutex), 0);
    sem_post(&held);
    usleep(1000);
    pthread_exit(nullptr);
  });
  sem_wait(&held);
  PthreadOfTest waits([&] { expectGivenUp(mutexes_[0]); });
  expectGivenUp(mutexes_[1]);
}

// Of a pthread that has ended otherwise.
TEST_P(RobustMutexes, destructorsOfKeysGiveThemBack) {
  pthread_key_t key;
  pthread_key_create(&key, [](void* its) {
    EXPECT_EQ(pthread_mutex_unlock(static_cast<pthread_mutex_t*>(its)), 0);
  });
  PthreadOfTest ends([&] {
    EXPECT_EQ(pthread_mutex_lock(&mutexes_[0]), 0);
    pthread_setspecific(key, &mutexes_[0]);
  });
  ends.join();
  EXPECT_EQ(pthread_mutex_lock(&mutexes_[0]), 0);
  EXPECT_EQ(pthread_mutex_unlock(&mutexes_[0]), 0);
  pthread_key_delete(key);
}

INSTANTIATE_TEST_SUITE_P(OfOneProcessOrShared, RobustMutexes,
                         ::testing::Values(PTHREAD_PROCESS_PRIVATE, PTHREAD_PROCESS_SHARED));

TEST_F(Mutexes, destructorsOfKeysGiveBackWhatTheirPthreadOwns) {
  make(PTHREAD_MUTEX_RECURSIVE);
  pthread_key_t key;
  pthread_key_create(&key, [](void* its) {
    EXPECT_EQ(pthread_mutex_lock(static_cast<pthread_mutex_t*>(its)), 0);
    EXPECT_EQ(pthread_mutex_unlock(static_cast<pthread_mutex_t*>(its)), 0);
    EXPECT_EQ(pthread_mutex_unlock(static_cast<pthread_mutex_t*>(its)), 0);
  });
  PthreadOfTest ends([&] {
    EXPECT_EQ(pthread_mutex_lock(&mutex_), 0);
    pthread_setspecific(key, &mutex_);
  });
  ends.join();
  EXPECT_EQ(pthread_mutex_trylock(&mutex_), 0);
  EXPECT_EQ(pthread_mutex_unlock(&mutex_), 0);
  pthread_key_delete(key);
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
