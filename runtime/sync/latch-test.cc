#include "runtime/sync/latch.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <thread>

#include "runtime/error.h"
#include "runtime/scope.h"
#include "runtime/sim/sweep.h"
#include "runtime/task.h"

namespace troop::sync {
namespace {

TROOP_TEST(Latch, opensWhenAllHaveCome) {
  latch done(3);
  std::atomic<int> came{0};
  Scope scope;
  for (int thread = 0; thread < 3; ++thread) {
    scope.thread(
        [](latch* at, std::atomic<int>* count) {
          ++*count;
          at->count_down();
        },
        assumeSendable(&done), assumeSendable(&came));
  }
  done.wait();
  EXPECT_EQ(came, 3);
  EXPECT_TRUE(done.try_wait());
  done.wait();
}

TROOP_TEST(Latch, isWaitedForByThoseWhoCome) {
  auto all = std::make_unique<latch>(4);
  std::atomic<int> came{0};
  Scope scope;
  for (int task = 0; task < 3; ++task) {
    scope.task([&] {
      ++came;
      all->arrive_and_wait();
      EXPECT_EQ(came, 4);
    });
  }
  ++came;
  all->arrive_and_wait();
  scope.join();
  all.reset();
}

TROOP_TEST(Latch, isAWaitThatIsCancelled) {
  latch done(1);
  Scope scope;
  scope.task([&] { done.wait(); });
  yield();
  scope.cancel();
  scope.join();
  EXPECT_FALSE(done.try_wait());
}

TROOP_TEST(Barrier, isPassedInRounds) {
  int rounds = 0;
  const auto count = [&]() noexcept { ++rounds; };
  barrier<decltype(count)> round(4, count);
  Scope scope;
  for (int thread = 0; thread < 4; ++thread) {
    scope.thread(
        [](barrier<decltype(count)>* at, const int* seen) {
          for (int i = 0; i < 5; ++i) {
            at->arrive_and_wait();
            EXPECT_EQ(*seen, 2 * i + 1);
            at->arrive_and_wait();  // so that all have seen it
          }
        },
        assumeSendable(&round), assumeSendable(&rounds));
  }
  scope.join();
  EXPECT_EQ(rounds, 10);
}

TROOP_TEST(Barrier, expectsOneLessWhenOneDrops) {
  barrier round(2);
  Scope scope;
  scope.task([&] { round.arrive_and_drop(); });
  round.arrive_and_wait();
  round.arrive_and_wait();
  round.wait(round.arrive());
}

TEST(Barrier, isPassedByOsThreads) {
  barrier round(2);
  std::jthread host([&] {
    for (int i = 0; i < 100; ++i) round.arrive_and_wait();
  });
  for (int i = 0; i < 100; ++i) round.arrive_and_wait();
}

}  // namespace
}  // namespace troop::sync
