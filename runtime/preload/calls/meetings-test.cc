// Barriers and what is done once, as a program sees them.
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <memory>
#include <stdexcept>
#include <vector>

#include "runtime/preload/pthread-of-test.h"

namespace troop::preload {
namespace {

TEST(Barriers, nobodyIsARoundAhead) {
  constexpr int many = 8;
  constexpr int rounds = 50;
  pthread_barrier_t barrier;
  ASSERT_EQ(pthread_barrier_init(&barrier, nullptr, many), 0);
  std::atomic<int> arrived{0};
  std::atomic<int> serial{0};
  const auto work = [&] {
    for (int round = 1; round <= rounds; ++round) {
      arrived.fetch_add(1);
      const int waited = pthread_barrier_wait(&barrier);
      if (waited == PTHREAD_BARRIER_SERIAL_THREAD) serial.fetch_add(1);
      EXPECT_GE(arrived.load(), many * round);
      pthread_barrier_wait(&barrier);
      EXPECT_LE(arrived.load(), many * (round + 1));
    }
  };
  {
    std::vector<std::unique_ptr<PthreadOfTest>> pthreads;
    for (int index = 1; index < many; ++index) {
      pthreads.push_back(std::make_unique<PthreadOfTest>(work));
    }
    work();
  }
  EXPECT_EQ(serial.load(), rounds);
  EXPECT_EQ(pthread_barrier_destroy(&barrier), 0);
}

std::atomic<int> times{0};
pthread_once_t once = PTHREAD_ONCE_INIT;

TEST(Once, oneDoesItAndOthersWait) {
  times.store(0);
  once = PTHREAD_ONCE_INIT;
  const auto ask = [] {
    pthread_once(&once, [] {
      sched_yield();
      times.fetch_add(1);
    });
    EXPECT_EQ(times.load(), 1);
  };
  std::vector<std::unique_ptr<PthreadOfTest>> pthreads;
  for (int index = 0; index < 10; ++index) {
    pthreads.push_back(std::make_unique<PthreadOfTest>(ask));
  }
}

TEST(Once, whatIsLeftByAnExceptionIsDoneByTheNext) {
  times.store(0);
  once = PTHREAD_ONCE_INIT;
  PthreadOfTest pthread([] {
    const auto throws = [] { throw std::runtime_error("not this time"); };
    EXPECT_THROW(pthread_once(&once, throws), std::runtime_error);
    pthread_once(&once, [] { times.fetch_add(1); });
    EXPECT_EQ(times.load(), 1);
  });
}

TEST(Once, whatWasBegunByThoseThatAreNotInAChildIsDoneThere) {
  times.store(0);
  once = PTHREAD_ONCE_INIT;
  static std::atomic<bool> begun{false};
  static std::atomic<bool> go{false};
  PthreadOfTest does([] {
    pthread_once(&once, [] {
      begun.store(true);
      while (!go.load()) sched_yield();
    });
  });
  while (!begun.load()) sched_yield();
  const pid_t child = fork();
  if (child == 0) {
    pthread_once(&once, [] { times.fetch_add(1); });
    _exit(times.load());
  }
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(WEXITSTATUS(status), 1);
  go.store(true);
}

}  // namespace
}  // namespace troop::preload
