#include "runtime/base/short-lock.h"

#include <gtest/gtest.h>

#include <mutex>
#include <thread>
#include <vector>

namespace troop {
namespace {

TEST(ShortLock, letsOneInAtATime) {
  constexpr int osThreads = 4, rounds = 20'000;
  ShortLock lock;
  long count = 0;
  std::vector<std::thread> all;
  for (int i = 0; i < osThreads; ++i) {
    all.emplace_back([&] {
      for (int round = 0; round < rounds; ++round) {
        std::lock_guard guard(lock);
        ++count;
      }
    });
  }
  for (std::thread& osThread : all) osThread.join();
  EXPECT_EQ(count, osThreads * rounds);
}

TEST(ShortLock, isNotTakenTwice) {
  ShortLock lock;
  std::unique_lock first(lock);
  EXPECT_FALSE(lock.try_lock());
  first.unlock();
  std::unique_lock second(lock, std::try_to_lock);
  EXPECT_TRUE(second.owns_lock());
}

}  // namespace
}  // namespace troop
