#include "runtime/machine/watchdog.h"

#include <gtest/gtest.h>

#include <atomic>

#include "runtime/testing/os-threads.h"

namespace troop {
namespace {

TEST(Watchdog, startsWhenItIsWoken) {
  const std::size_t before = tests::osThreads();
  std::atomic<int> looks{0};
  Watchdog watchdog([&] {
    ++looks;
    looks.notify_all();
    return forever;
  });
  EXPECT_EQ(tests::osThreads(), before);
  watchdog.wake();
  looks.wait(0);
  EXPECT_EQ(tests::osThreads(), before + 1);
  watchdog.stop();
  tests::awaitOsThreads(before);
}

TEST(Watchdog, looksAgainAndAgainUntilThereIsNothing) {
  std::atomic<int> looks{0};
  Watchdog watchdog([&] {
    ++looks;
    looks.notify_all();
    return looks < 20 ? 1us : forever;
  });
  watchdog.wake();
  for (int seen = 0; (seen = looks) < 20;) looks.wait(seen);
  watchdog.stop();
}

// What changes while it goes to sleep is seen by who changed it, or by the look after that.
TEST(Watchdog, missesNothingThatIsThereBeforeItIsWoken) {
  std::atomic<int> asked{0}, seen{0};
  Watchdog watchdog([&] {
    const int now = asked;
    if (seen.exchange(now) == now) return forever;
    seen.notify_all();
    return Duration(1us);
  });
  for (int round = 1; round <= 200; ++round) {
    asked = round;
    watchdog.wake();
    for (int last = 0; (last = seen) < round;) seen.wait(last);
  }
  watchdog.stop();
}

TEST(Watchdog, isNotWokenAfterItsEnd) {
  const std::size_t before = tests::osThreads();
  Watchdog watchdog([] { return forever; });
  watchdog.stop();
  watchdog.wake();
  EXPECT_EQ(tests::osThreads(), before);
}

}  // namespace
}  // namespace troop
