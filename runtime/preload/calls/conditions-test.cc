// Conditions as a program sees them.
#include <pthread.h>
#include <semaphore.h>

#include <cerrno>
#include <ctime>
#include <deque>
#include <memory>
#include <vector>

#include "runtime/preload/pthread-of-test.h"

namespace troop::preload {
namespace {

struct Queue {
  pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
  std::deque<int> values;

  void put(int value) {
    pthread_mutex_lock(&mutex);
    while (values.size() >= 3) pthread_cond_wait(&changed, &mutex);
    values.push_back(value);
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&mutex);
  }
  int take() {
    pthread_mutex_lock(&mutex);
    while (values.empty()) pthread_cond_wait(&changed, &mutex);
    const int value = values.front();
    values.pop_front();
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&mutex);
    return value;
  }
};

TEST(Conditions, producersAndConsumersWaitForEachOther) {
  Queue queue;
  constexpr int each = 300;
  long taken = 0;
  {
    PthreadOfTest one([&] {
      for (int value = 0; value < each; ++value) queue.put(value);
    });
    PthreadOfTest other([&] {
      for (int value = 0; value < each; ++value) queue.put(value);
    });
    // main's OS thread takes part.
    for (int times = 0; times < 2 * each; ++times) taken += queue.take();
  }
  EXPECT_EQ(taken, long{each} * (each - 1));
}

TEST(Conditions, eachSignalWakesOne) {
  pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  pthread_cond_t given = PTHREAD_COND_INITIALIZER;
  int tickets = 0;
  std::vector<std::unique_ptr<PthreadOfTest>> pthreads;
  for (int index = 0; index < 10; ++index) {
    pthreads.push_back(std::make_unique<PthreadOfTest>([&] {
      pthread_mutex_lock(&mutex);
      while (tickets == 0) pthread_cond_wait(&given, &mutex);
      --tickets;
      pthread_mutex_unlock(&mutex);
    }));
  }
  for (int index = 0; index < 10; ++index) {
    pthread_mutex_lock(&mutex);
    ++tickets;
    pthread_cond_signal(&given);
    pthread_mutex_unlock(&mutex);
  }
  pthreads.clear();
  EXPECT_EQ(tickets, 0);
  EXPECT_EQ(pthread_cond_destroy(&given), 0);
}

// By the clock of its attributes, and by the one that is given.
TEST(Conditions, deadlinesAreOfTheirClock) {
  pthread_condattr_t attributes;
  pthread_condattr_init(&attributes);
  pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
  pthread_cond_t monotonic;
  pthread_cond_init(&monotonic, &attributes);
  pthread_cond_t real = PTHREAD_COND_INITIALIZER;
  pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  const auto test = [&] {
    timespec now;
    pthread_mutex_lock(&mutex);
    // On the other clock it would be decades away, or ago.
    clock_gettime(CLOCK_MONOTONIC, &now);
    EXPECT_EQ(pthread_cond_timedwait(&monotonic, &mutex, &now), ETIMEDOUT);
    clock_gettime(CLOCK_REALTIME, &now);
    now.tv_nsec = now.tv_nsec / 2;
    EXPECT_EQ(pthread_cond_timedwait(&real, &mutex, &now), ETIMEDOUT);
    EXPECT_EQ(pthread_cond_clockwait(&monotonic, &mutex, CLOCK_REALTIME, &now), ETIMEDOUT);
    EXPECT_EQ(pthread_cond_clockwait(&real, &mutex, CLOCK_BOOTTIME, &now), EINVAL);
    now.tv_nsec = 1'000'000'000;
    EXPECT_EQ(pthread_cond_timedwait(&real, &mutex, &now), EINVAL);
    // It has the mutex again each time.
    EXPECT_EQ(pthread_mutex_trylock(&mutex), EBUSY);
    pthread_mutex_unlock(&mutex);
  };
  test();
  PthreadOfTest pthread(test);
}

TEST(Conditions, whoIsCancelledHasTheMutexAgain) {
  static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  static pthread_cond_t never = PTHREAD_COND_INITIALIZER;
  static bool cleaned = false;
  const auto waits = [](void*) -> void* {
    struct Held {
      ~Held() {
        cleaned = pthread_mutex_trylock(&mutex) == EBUSY;
        pthread_mutex_unlock(&mutex);
      }
    };
    pthread_mutex_lock(&mutex);
    const Held held;
    for (;;) pthread_cond_wait(&never, &mutex);
  };
  pthread_t thread;
  void* result = nullptr;
  ASSERT_EQ(pthread_create(&thread, nullptr, waits, nullptr), 0);
  EXPECT_EQ(pthread_cancel(thread), 0);
  EXPECT_EQ(pthread_join(thread, &result), 0);
  EXPECT_EQ(result, PTHREAD_CANCELED);
  EXPECT_TRUE(cleaned);
  EXPECT_EQ(pthread_mutex_trylock(&mutex), 0);
  pthread_mutex_unlock(&mutex);
}

TEST(Conditions, whoseMutexIsGivenUpMeanwhileIsTold) {
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
  pthread_mutex_t mutex;
  pthread_mutex_init(&mutex, &attributes);
  pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
  sem_t waits;
  sem_init(&waits, 0, 0);
  PthreadOfTest isTold([&] {
    EXPECT_EQ(pthread_mutex_lock(&mutex), 0);
    sem_post(&waits);
    EXPECT_EQ(pthread_cond_wait(&condition, &mutex), EOWNERDEAD);
    EXPECT_EQ(pthread_mutex_consistent(&mutex), 0);
    EXPECT_EQ(pthread_mutex_unlock(&mutex), 0);
  });
  sem_wait(&waits);
  PthreadOfTest ends([&] {
    EXPECT_EQ(pthread_mutex_lock(&mutex), 0);
    EXPECT_EQ(pthread_cond_signal(&condition), 0);
  });
}

}  // namespace
}  // namespace troop::preload
