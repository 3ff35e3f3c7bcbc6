#include "runtime/machine/os-thread.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <pthread.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <thread>

namespace troop {
namespace {

TEST(OsThread, isAsleepWhereItWaitsInTheKernelAndTakesNoTime) {
  std::array<int, 2> pipe{};
  ASSERT_EQ(pipe2(pipe.data(), O_CLOEXEC), 0);
  std::atomic<pid_t> id{0};
  std::thread sleeper([&] {
    // A name that ends as the field before the state does.
    pthread_setname_np(pthread_self(), "x) R (y");
    id.store(gettid());
    char byte = 0;
    (void)!read(pipe[0], &byte, 1);
  });
  while (id.load() == 0 || !isAsleep(id.load())) std::this_thread::yield();
  const std::optional<Duration> before = cpuTimeOf(id.load());
  ASSERT_TRUE(before.has_value());
  EXPECT_TRUE(isAsleep(id.load()));
  EXPECT_EQ(cpuTimeOf(id.load()), before);
  EXPECT_EQ(write(pipe[1], "x", 1), 1);
  sleeper.join();
  close(pipe[0]);
  close(pipe[1]);
}

TEST(OsThread, isNotAsleepWhereItComputesHoweverLongItWaitsForACpu) {
  constexpr int looks = 300;
  std::atomic<pid_t> id{0};
  std::atomic<bool> ends{false};
  std::thread computer([&] {
    id.store(gettid());
    while (!ends.load()) {
    }
  });
  while (id.load() == 0) std::this_thread::yield();
  const std::optional<Duration> before = cpuTimeOf(id.load());
  for (int i = 0; i < looks; ++i) EXPECT_FALSE(isAsleep(id.load()));
  while (cpuTimeOf(id.load()) == before) std::this_thread::yield();
  ends.store(true);
  computer.join();
}

TEST(OsThread, nothingIsSaidOfOneThatThereIsNot) {
  constexpr pid_t beyondAll = 1 << 23;  // twice PID_MAX_LIMIT
  for (const pid_t none : {beyondAll, 0}) {
    EXPECT_FALSE(isAsleep(none));
    EXPECT_EQ(cpuTimeOf(none), std::nullopt);
  }
}

}  // namespace
}  // namespace troop
