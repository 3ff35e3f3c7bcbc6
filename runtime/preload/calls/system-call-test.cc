// syscall() as a program sees it.
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <climits>
#include <ctime>

#include "runtime/preload/pthread-of-test.h"

namespace troop::preload {
namespace {

using Word = std::atomic<std::uint32_t>;

long futex(Word& word, int operation, std::uint32_t value, const timespec* time = nullptr) {
  return syscall(SYS_futex, &word, operation | FUTEX_PRIVATE_FLAG, value, time, nullptr,
                 FUTEX_BITSET_MATCH_ANY);
}

TEST(SystemCall, waitsOfTheKernelsFutexAreOfTasks) {
  Word turn{0};
  const auto pass = [&](std::uint32_t mine) {
    for (std::uint32_t round = mine; round < 200; round += 2) {
      for (std::uint32_t seen = 0; (seen = turn.load()) != round;) {
        futex(turn, FUTEX_WAIT_BITSET, seen);
      }
      turn.store(round + 1);
      futex(turn, FUTEX_WAKE, INT_MAX);
    }
  };
  PthreadOfTest one([&] { pass(0); });
  PthreadOfTest other([&] { pass(1); });
}

TEST(SystemCall, libstdcxxWaitsByIt) {
  Word value{0};
  PthreadOfTest waits([&] {
    EXPECT_TRUE(inTask());
    value.wait(0);
    EXPECT_EQ(value.load(), 1u);
  });
  value.store(1);
  value.notify_all();
}

TEST(SystemCall, resultsAreThoseOfTheKernel) {
  const auto test = [] {
    Word word{5};
    const timespec soon{0, 1000};
    const timespec wrong{0, -1};
    EXPECT_EQ(futex(word, FUTEX_WAIT, 4), -1);
    EXPECT_EQ(errno, EAGAIN);
    EXPECT_EQ(futex(word, FUTEX_WAIT, 5, &soon), -1);
    EXPECT_EQ(errno, ETIMEDOUT);
    EXPECT_EQ(futex(word, FUTEX_WAIT_BITSET, 5, &soon), -1);
    EXPECT_EQ(errno, ETIMEDOUT);
    EXPECT_EQ(futex(word, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 5, &soon), -1);
    EXPECT_EQ(errno, ETIMEDOUT);
    EXPECT_EQ(futex(word, FUTEX_WAIT, 5, &wrong), -1);
    EXPECT_EQ(errno, EINVAL);
    EXPECT_EQ(futex(word, FUTEX_WAKE, 1), 0);
    EXPECT_EQ(syscall(SYS_getpid), getpid());
    EXPECT_EQ(syscall(SYS_gettid), ownTid());
    EXPECT_EQ(syscall(SYS_close, -1), -1);
    EXPECT_EQ(errno, EBADF);
  };
  test();
  PthreadOfTest pthread(test);
}

}  // namespace
}  // namespace troop::preload
