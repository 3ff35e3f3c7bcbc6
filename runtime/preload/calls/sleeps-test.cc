// Sleeps as a program sees them.
#include <pthread.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <vector>

#include "runtime/preload/pthread-of-test.h"

namespace troop::preload {
namespace {

std::int64_t nanoseconds(clockid_t clock) {
  timespec time;
  clock_gettime(clock, &time);
  return time.tv_sec * std::int64_t{1'000'000'000} + time.tv_nsec;
}

TEST(Sleeps, lastAsLongAsTheyWereAskedTo) {
  PthreadOfTest pthread([] {
    const std::int64_t began = nanoseconds(CLOCK_MONOTONIC);
    usleep(1000);
    const timespec duration{0, 1'000'000};
    EXPECT_EQ(nanosleep(&duration, nullptr), 0);
    EXPECT_EQ(clock_nanosleep(CLOCK_MONOTONIC, 0, &duration, nullptr), 0);
    EXPECT_EQ(clock_nanosleep(CLOCK_REALTIME, 0, &duration, nullptr), 0);
    EXPECT_GE(nanoseconds(CLOCK_MONOTONIC) - began, 4'000'000);
    const timespec past{1, 0};
    EXPECT_EQ(clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &past, nullptr), 0);
    EXPECT_EQ(sleep(0), 0u);
  });
}

TEST(Sleeps, ofNoTimeAreRefused) {
  PthreadOfTest pthread([] {
    const timespec wrong{0, 1'000'000'000};
    EXPECT_EQ(clock_nanosleep(CLOCK_MONOTONIC, 0, &wrong, nullptr), EINVAL);
    EXPECT_EQ(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &wrong, nullptr), EINVAL);
    EXPECT_EQ(nanosleep(&wrong, nullptr), -1);
    EXPECT_EQ(errno, EINVAL);
  });
}

TEST(Sleeps, manySleepAtOnce) {
  // One after the other it would take more than a quarter of an hour.
  std::vector<std::unique_ptr<PthreadOfTest>> pthreads;
  for (int index = 0; index < 1000; ++index) {
    pthreads.push_back(std::make_unique<PthreadOfTest>([] { sleep(1); }));
  }
}

TEST(Sleeps, signalsEndThemAndTellWhatIsLeft) {
  struct sigaction action{};
  action.sa_handler = [](int) {};
  sigaction(SIGUSR2, &action, nullptr);
  PthreadOfTest sleeps([] {
    const timespec whole{1000, 0};
    timespec left{};
    EXPECT_EQ(nanosleep(&whole, &left), -1);
    EXPECT_EQ(errno, EINTR);
    EXPECT_LE(left.tv_sec, 1000);
    EXPECT_GT(left.tv_sec, 0);
  });
  pthread_kill(sleeps.id(), SIGUSR2);
}

}  // namespace
}  // namespace troop::preload
