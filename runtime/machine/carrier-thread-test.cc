#include "runtime/machine/carrier-thread.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <string>
#include <thread>

#include "runtime/testing/os-threads.h"

namespace troop {
namespace {

struct Seen {
  std::string name;
  sigset_t blocked;
};

Seen seenByThread(unsigned carrier) {
  Seen seen;
  CarrierThread thread;
  const int error = thread.start(
      carrier,
      [](void* argument) noexcept {
        Seen& into = *static_cast<Seen*>(argument);
        char name[16] = {};
        pthread_getname_np(pthread_self(), name, sizeof(name));
        into.name = name;
        pthread_sigmask(SIG_SETMASK, nullptr, &into.blocked);
      },
      &seen);
  EXPECT_EQ(error, 0);
  thread.join();
  return seen;
}

TEST(CarrierThread, hasANameAndNoneOfTheHostsSignals) {
  const Seen seen = seenByThread(7);
  EXPECT_EQ(seen.name, "carrier 7");
  EXPECT_EQ(sigismember(&seen.blocked, SIGTERM), 1);
  EXPECT_EQ(sigismember(&seen.blocked, SIGINT), 1);
  EXPECT_EQ(sigismember(&seen.blocked, SIGSEGV), 0);
  EXPECT_EQ(sigismember(&seen.blocked, SIGPROF), 0);
}

TEST(CarrierThread, givesTheHostsSignalsToWhatItForks) {
  CarrierThread::giveSignalsBackInForks();
  int status = -1;
  CarrierThread thread;
  const auto forks = [](void* into) noexcept {
    const pid_t child = fork();
    if (child == 0) {
      sigset_t blocked;
      pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
      _exit(sigismember(&blocked, SIGTERM));
    }
    waitpid(child, static_cast<int*>(into), 0);
  };
  ASSERT_EQ(thread.start(0, forks, &status), 0);
  thread.join();
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST(CarrierThread, startsAgainAfterItsEnd) {
  const std::size_t before = tests::osThreads();
  for (int round = 0; round < 100; ++round) seenByThread(0);
  CarrierThread thread;
  thread.join();  // none yet
  for (int round = 0; round < 3; ++round) {
    ASSERT_EQ(thread.start(0, [](void*) noexcept {}, nullptr), 0);
    thread.join();
    thread.join();
  }
  tests::awaitOsThreads(before);
}

TEST(CarrierThread, tellsWhyTheKernelRefuses) {
  pthread_attr_t before, huge;
  ASSERT_EQ(pthread_getattr_default_np(&before), 0);
  ASSERT_EQ(pthread_getattr_default_np(&huge), 0);
  ASSERT_EQ(pthread_attr_setstacksize(&huge, std::size_t{1} << 50), 0);
  ASSERT_EQ(pthread_setattr_default_np(&huge), 0);
  CarrierThread thread;
  EXPECT_EQ(thread.start(0, [](void*) noexcept {}, nullptr), EAGAIN);
  ASSERT_EQ(pthread_setattr_default_np(&before), 0);
  pthread_attr_destroy(&before);
  pthread_attr_destroy(&huge);
}

}  // namespace
}  // namespace troop
