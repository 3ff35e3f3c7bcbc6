// Pthreads as a program sees them.
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <ctime>

#include "runtime/preload/pthread-of-test.h"

namespace troop::preload {
namespace {

using Start = void* (*)(void*);

void* resultOf(Start start, void* argument) {
  pthread_t thread;
  void* result = nullptr;
  EXPECT_EQ(pthread_create(&thread, nullptr, start, argument), 0);
  EXPECT_EQ(pthread_join(thread, &result), 0);
  return result;
}

TEST(Threads, joinGivesWhatWasReturnedOrLeftBehind) {
  int value = 0;
  const Start returns = [](void* argument) { return argument; };
  const Start exits = [](void* argument) -> void* { pthread_exit(argument); };
  EXPECT_EQ(resultOf(returns, &value), &value);
  EXPECT_EQ(resultOf(exits, &value), &value);
}

TEST(Threads, exitRunsDestructorsOfWhatStandsOnTheStack) {
  static bool destroyed = false;
  const Start exits = [](void*) -> void* {
    struct Local {
      ~Local() { destroyed = true; }
    } const local;
    pthread_exit(nullptr);
  };
  resultOf(exits, nullptr);
  EXPECT_TRUE(destroyed);
}

TEST(Threads, pthreadsJoinEachOther) {
  PthreadOfTest outer([] {
    PthreadOfTest inner([] { sched_yield(); });
    inner.join();
  });
}

TEST(Threads, joinsWithDeadlinesEnd) {
  sem_t go;
  sem_init(&go, 0, 0);
  pthread_t waits;
  const Start start = [](void* its) -> void* {
    while (sem_wait(static_cast<sem_t*>(its)) != 0) {
    }
    return nullptr;
  };
  ASSERT_EQ(pthread_create(&waits, nullptr, start, &go), 0);
  PthreadOfTest joins([&] {
    timespec soon;
    clock_gettime(CLOCK_REALTIME, &soon);
    EXPECT_EQ(pthread_timedjoin_np(waits, nullptr, &soon), ETIMEDOUT);
    clock_gettime(CLOCK_MONOTONIC, &soon);
    EXPECT_EQ(pthread_clockjoin_np(waits, nullptr, CLOCK_MONOTONIC, &soon), ETIMEDOUT);
    EXPECT_EQ(pthread_tryjoin_np(waits, nullptr), EBUSY);
    sem_post(&go);
    EXPECT_EQ(pthread_join(waits, nullptr), 0);
  });
}

TEST(Threads, whoJoinsItselfIsTold) {
  PthreadOfTest pthread([] { EXPECT_EQ(pthread_join(pthread_self(), nullptr), EDEADLK); });
}

TEST(Threads, cancellationEndsAWaitAndRunsCleanups) {
  static sem_t never;
  sem_init(&never, 0, 0);
  static std::atomic<int> cleaned{0};
  const Start waits = [](void*) -> void* {
    struct Local {
      ~Local() { cleaned.fetch_add(1); }
    } const local;
    sem_wait(&never);
    return nullptr;
  };
  pthread_t thread;
  void* result = nullptr;
  ASSERT_EQ(pthread_create(&thread, nullptr, waits, nullptr), 0);
  EXPECT_EQ(pthread_cancel(thread), 0);
  EXPECT_EQ(pthread_join(thread, &result), 0);
  EXPECT_EQ(result, PTHREAD_CANCELED);
  EXPECT_EQ(cleaned.load(), 1);
}

TEST(Threads, cancellationWaitsUntilItIsEnabled) {
  static sem_t go;
  sem_init(&go, 0, 0);
  static std::atomic<bool> waited{false};
  const Start waits = [](void*) -> void* {
    int before = 0;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before);
    sem_wait(&go);
    waited.store(true);
    pthread_setcancelstate(before, nullptr);
    for (;;) pause();
  };
  pthread_t thread;
  void* result = nullptr;
  ASSERT_EQ(pthread_create(&thread, nullptr, waits, nullptr), 0);
  EXPECT_EQ(pthread_cancel(thread), 0);
  sem_post(&go);
  EXPECT_EQ(pthread_join(thread, &result), 0);
  EXPECT_EQ(result, PTHREAD_CANCELED);
  EXPECT_TRUE(waited.load());
}

// Has started, and is cancelled after that; what it ends with.
void* cancelOnce(sem_t& started, Start start, void* argument) {
  pthread_t thread;
  void* result = nullptr;
  EXPECT_EQ(pthread_create(&thread, nullptr, start, argument), 0);
  while (sem_wait(&started) != 0) {
  }
  EXPECT_EQ(pthread_cancel(thread), 0);
  EXPECT_EQ(pthread_join(thread, &result), 0);
  return result;
}

TEST(Threads, asynchronousCancellationComesAtTheNextWait) {
  static sem_t started;
  sem_init(&started, 0, 0);
  const Start waits = [](void*) -> void* {
    int before = -1;
    // NOLINTNEXTLINE(concurrency-thread-canceltype-asynchronous): it is what is tested
    EXPECT_EQ(pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &before), 0);
    EXPECT_EQ(before, PTHREAD_CANCEL_DEFERRED);
    EXPECT_EQ(pthread_setcanceltype(-1, &before), EINVAL);
    sem_post(&started);
    for (;;) pause();
  };
  EXPECT_EQ(cancelOnce(started, waits, nullptr), PTHREAD_CANCELED);
}

TEST(Threads, whoAsksForAsynchronousCancellationLateIsCancelledThen) {
  static std::atomic<bool> told{false};
  const Start computes = [](void*) -> void* {
    while (!told.load()) sched_yield();
    int before = 0;
    // NOLINTNEXTLINE(concurrency-thread-canceltype-asynchronous): it is what is tested
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &before);
    return nullptr;
  };
  pthread_t thread;
  void* result = nullptr;
  ASSERT_EQ(pthread_create(&thread, nullptr, computes, nullptr), 0);
  EXPECT_EQ(pthread_cancel(thread), 0);
  told.store(true);
  EXPECT_EQ(pthread_join(thread, &result), 0);
  EXPECT_EQ(result, PTHREAD_CANCELED);
}

// A call that is not waited for here, and that the C library leaves when it is cancelled.
TEST(Threads, cancellationComesAfterAWaitInTheCLibrary) {
  static sem_t started;
  sem_init(&started, 0, 0);
  const pid_t child = fork();
  if (child == 0) {
    for (;;) pause();
  }
  const Start awaitsChild = [](void* its) -> void* {
    sem_post(&started);
    waitpid(*static_cast<const pid_t*>(its), nullptr, 0);
    for (;;) pause();
  };
  pthread_t thread;
  void* result = nullptr;
  pid_t argument = child;
  ASSERT_EQ(pthread_create(&thread, nullptr, awaitsChild, &argument), 0);
  while (sem_wait(&started) != 0) {
  }
  // Long enough that it waits, as a rule; where it does not, it is cancelled before.
  usleep(50'000);
  EXPECT_EQ(pthread_cancel(thread), 0);
  kill(child, SIGKILL);
  EXPECT_EQ(pthread_join(thread, &result), 0);
  EXPECT_EQ(result, PTHREAD_CANCELED);
}

TEST(Threads, whatIsCancelledWaitsAsEverWhenItCleansUp) {
  static sem_t started;
  static sem_t cleans;
  static sem_t go;
  static std::atomic<int> waited{-1};
  for (sem_t* semaphore : {&started, &cleans, &go}) sem_init(semaphore, 0, 0);
  const Start waits = [](void*) -> void* {
    struct Local {
      ~Local() {
        sem_post(&cleans);
        waited.store(sem_wait(&go));
      }
    } const local;
    sem_post(&started);
    for (;;) pause();
  };
  PthreadOfTest lets([] {
    while (sem_wait(&cleans) != 0) {
    }
    usleep(1000);
    sem_post(&go);
  });
  EXPECT_EQ(cancelOnce(started, waits, nullptr), PTHREAD_CANCELED);
  EXPECT_EQ(waited.load(), 0);
}

}  // namespace
}  // namespace troop::preload
