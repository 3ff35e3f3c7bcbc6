// What is woken by one that runs, of whatever troop and kind.
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <latch>
#include <string>
#include <vector>

#include "runtime/sched/test-runnables.h"
#include "runtime/sched/work-stealing.h"

namespace troop {
namespace {

class HandOver : public testing::Test {
 protected:
  explicit HandOver(unsigned carriers = 1) : scheduler_(makeRef<WorkStealing>(carriers, clock_)) {
    scheduler_->start(nullptr);
  }
  ~HandOver() override {
    scheduler_->drain();
    scheduler_->stop();
  }

  Ref<TestShare> share() { return makeRef<TestShare>(scheduler_, Share::defaultWeight); }

  const SteadyClock clock_;
  const Ref<WorkStealing> scheduler_;
};

class HandOverOfTwo : public HandOver {
 protected:
  HandOverOfTwo() : HandOver(2) {}
};

TEST_F(HandOver, letsAllGoOnThatWereWoken) {
  std::string order;
  std::latch begun(3);
  std::vector<Ref<TestRunnable>> others;
  for (const char name : {'b', 'c', 'd'}) {
    others.push_back(makeRef<TestRunnable>(share(), [&order, &begun, name, slices = 0]() mutable {
      if (++slices > 1) {
        order += name;
        return Progress::finished;
      }
      begun.count_down();
      return Progress::parked;
    }));
    others.back()->wake();
  }
  begun.wait();
  // The only carrier comes to it when all of them are parked.
  const Ref<TestRunnable> waker = makeRef<TestRunnable>(share(), [&] {
    for (const Ref<TestRunnable>& other : others) other->wake();
    order += 'a';
    return Progress::finished;
  });
  waker->wake();
  scheduler_->drain();
  EXPECT_EQ(order.front(), 'a');
  EXPECT_EQ(order.size(), 4U);
}

// Each of two troops wakes the other one and waits; a third one computes. None gets more than
// others, though two of them always go on at once.
TEST_F(HandOver, givesNobodyMoreThanItsTurn) {
  constexpr int turnsOfEach = 1'000;
  constexpr int slicesMax = 3 * turnsOfEach;
  std::atomic<int> slices{0};
  std::array<std::atomic<int>, 3> counts{};
  std::array<Ref<TestShare>, 3> shares{share(), share(), share()};
  std::array<Ref<TestRunnable>, 3> all;
  const auto work = [&](int self) {
    ++counts[self];
    shares[self]->advanceVirtualTime(1ms);
    return ++slices > slicesMax;
  };
  for (const int self : {0, 1}) {
    all[self] = makeRef<TestRunnable>(shares[self], [&, self] {
      const bool over = work(self);
      all[1 - self]->wake();
      return over ? Progress::finished : Progress::parked;
    });
  }
  all[2] = makeRef<TestRunnable>(shares[2],
                                 [&] { return work(2) ? Progress::finished : Progress::ready; });
  for (const Ref<TestRunnable>& each : all) each->wake();
  scheduler_->drain();
  for (const std::atomic<int>& count : counts) EXPECT_NEAR(count, turnsOfEach, 100);
}

// It computes on, so that a carrier which searches, or watches, takes what it has woken.
TEST_F(HandOverOfTwo, isTakenFromOneThatDoesNotWait) {
  for (int round = 0; round < 20; ++round) {
    std::latch isParked(1), isDone(1);
    std::atomic<int> slices{0};
    const Ref<TestRunnable> woken = makeRef<TestRunnable>(share(), [&] {
      if (++slices == 1) {
        isParked.count_down();
        return Progress::parked;
      }
      isDone.count_down();
      return Progress::finished;
    });
    woken->wake();
    isParked.wait();
    const Ref<TestRunnable> waker = makeRef<TestRunnable>(share(), [&] {
      woken->wake();
      isDone.wait();
      return Progress::finished;
    });
    waker->wake();
    scheduler_->drain();
  }
}

TEST_F(HandOverOfTwo, leavesTwoThatTakeTurnsWhereTheyAre) {
  constexpr int turnsMax = 10'000;
  std::atomic<int> turns{0};
  std::array<Ref<TestRunnable>, 2> both;
  for (const int self : {0, 1}) {
    both[self] = makeRef<TestRunnable>(share(), [&, self] {
      const bool over = ++turns > turnsMax;
      both[1 - self]->wake();
      return over ? Progress::finished : Progress::parked;
    });
  }
  both[0]->wake();
  scheduler_->drain();
  std::uint64_t steals = 0;
  for (const CarrierStatistics& carrier : scheduler_->statistics()) steals += carrier.steals;
  EXPECT_LT(steals, static_cast<std::uint64_t>(turnsMax / 4));
}

}  // namespace
}  // namespace troop
