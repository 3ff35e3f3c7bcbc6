#include "runtime/preload/signals.h"

#include <semaphore.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

#include "runtime/preload/kernel.h"
#include "runtime/preload/lot.h"
#include "runtime/preload/pthread-of-test.h"

namespace troop::preload {
namespace {

std::atomic<int> handled{0};
std::atomic<const Identity*> handledBy{nullptr};

void count(int) {
  handled.fetch_add(1);
  handledBy.store(&self());
}

class Signals : public ::testing::Test {
 protected:
  Signals() {
    handled.store(0);
    struct sigaction action{};
    action.sa_handler = count;
    sigaction(SIGUSR1, &action, &before_);
    sem_init(&semaphore_, 0, 0);
  }
  ~Signals() override { sigaction(SIGUSR1, &before_, nullptr); }

  struct sigaction before_{};
  sem_t semaphore_{};
};

TEST_F(Signals, endTheWaitOfThePthreadThatTheyAreSentTo) {
  PthreadOfTest waits([&] {
    EXPECT_EQ(sem_wait(&semaphore_), -1);
    EXPECT_EQ(errno, EINTR);
    EXPECT_EQ(handledBy.load(), &self());
  });
  EXPECT_EQ(pthread_kill(waits.id(), SIGUSR1), 0);
  waits.join();
  EXPECT_EQ(handled.load(), 1);
}

TEST_F(Signals, areKeptWhileTheyAreBlocked) {
  PthreadOfTest pthread([&] {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigset_t before;
    EXPECT_EQ(pthread_sigmask(SIG_BLOCK, &set, &before), 0);
    EXPECT_EQ(sigismember(&before, SIGUSR1), 0);
    EXPECT_EQ(raise(SIGUSR1), 0);
    EXPECT_EQ(handled.load(), 0);
    EXPECT_EQ(pthread_sigmask(SIG_UNBLOCK, &set, nullptr), 0);
    EXPECT_EQ(handled.load(), 1);
    EXPECT_EQ(pthread_sigmask(77, &set, nullptr), EINVAL);
  });
}

TEST_F(Signals, ofTheOsProcessGoToMain) {
  PthreadOfTest pthread([&] { kill(getpid(), SIGUSR1); });
  pthread.join();
  EXPECT_EQ(handled.load(), 1);
  EXPECT_EQ(handledBy.load(), &self());
}

TEST_F(Signals, handlersOfMainMayPostWhatPthreadsWaitFor) {
  static sem_t* posted = &semaphore_;
  posted = &semaphore_;
  struct sigaction action{};
  action.sa_handler = [](int) { sem_post(posted); };
  sigaction(SIGUSR1, &action, nullptr);
  PthreadOfTest waits([&] {
    for (int times = 0; times < 100; ++times) EXPECT_EQ(sem_wait(&semaphore_), 0);
  });
  for (int times = 0; times < 100; ++times) raise(SIGUSR1);
}

TEST_F(Signals, withoutHandlerEndTheProgram) {
  const auto end = [] {
    PthreadOfTest pthread([] { raise(SIGTERM); });
    pthread.join();
    for (;;) pause();
  };
  // Its own program, as a child of fork() has no Tasks.
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(end(), ::testing::KilledBySignal(SIGTERM), "");
}

TEST_F(Signals, programsThatAreStartedInheritTheMaskOfThePthread) {
  PthreadOfTest pthread([] {
    const OwnMask here;
    sigset_t set;
    kernelCall(SYS_rt_sigprocmask, SIG_SETMASK, nullptr, &set, _NSIG / 8);
    EXPECT_EQ(sigismember(&set, SIGUSR1), 0);
  });
}

TEST_F(Signals, aBadNumberIsRefused) {
  PthreadOfTest waits([&] { sem_wait(&semaphore_); });
  EXPECT_EQ(pthread_kill(waits.id(), 65), EINVAL);
  EXPECT_EQ(pthread_kill(waits.id(), -1), EINVAL);
  EXPECT_EQ(pthread_kill(waits.id(), 0), 0);
  sem_post(&semaphore_);
}

}  // namespace
}  // namespace troop::preload
