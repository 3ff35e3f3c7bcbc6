// Carriers that start when there is work, and whose number changes while they run.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <latch>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "runtime/machine/carrier-supply.h"
#include "runtime/sched/test-runnables.h"
#include "runtime/sched/work-stealing.h"
#include "runtime/testing/await.h"
#include "runtime/testing/driven-clock.h"
#include "runtime/testing/machine-files.h"
#include "runtime/testing/os-threads.h"

namespace troop {
namespace {

class Resizing : public testing::Test {
 protected:
  explicit Resizing(unsigned carriers = 1) {
    scheduler_ = makeRef<WorkStealing>(carriers, clock_, carriersMax);
    scheduler_->start(nullptr);
    share_ = makeRef<TestShare>(scheduler_, 100);
  }
  ~Resizing() override {
    scheduler_->drain();
    scheduler_->stop();
    tests::awaitOsThreads(osThreadsBefore_);
  }

  Ref<TestRunnable> runnable(std::function<Progress()> slice) {
    return makeRef<TestRunnable>(share_, std::move(slice));
  }

  // After the end, for a carrier counts its last slice when those that wait for it go on already.
  std::uint64_t slicesOfAll() {
    scheduler_->stop();
    std::uint64_t slices = 0;
    for (const CarrierStatistics& carrier : scheduler_->statistics()) slices += carrier.slices;
    return slices;
  }

  static constexpr unsigned carriersMax = 4;
  const std::size_t osThreadsBefore_ = tests::osThreads();
  const SteadyClock clock_;
  Ref<WorkStealing> scheduler_;
  Ref<TestShare> share_;
};

class ResizingFour : public Resizing {
 protected:
  ResizingFour() : Resizing(carriersMax) {}
};

TEST_F(ResizingFour, startsNoOsThreadUntilThereIsSomethingToRun) {
  EXPECT_EQ(tests::osThreads(), osThreadsBefore_);
  EXPECT_EQ(scheduler_->carriers(), 4u);
  std::latch ran(1);
  const Ref<TestRunnable> once = runnable([&] {
    ran.count_down();
    return Progress::finished;
  });
  once->wake();
  ran.wait();
  EXPECT_GT(tests::osThreads(), osThreadsBefore_);
}

TEST_F(ResizingFour, startsAsManyAsAreBusyAtOnce) {
  std::latch meeting(4);
  std::vector<Ref<TestRunnable>> all;
  for (int i = 0; i < 4; ++i) {
    all.push_back(runnable([&] {
      meeting.arrive_and_wait();
      return Progress::finished;
    }));
  }
  for (const Ref<TestRunnable>& r : all) r->wake();
  scheduler_->drain();  // would wait for ever with three
}

TEST_F(Resizing, growsWhileItsCarrierIsBusy) {
  std::latch meeting(3);
  std::vector<Ref<TestRunnable>> all;
  for (int i = 0; i < 3; ++i) {
    all.push_back(runnable([&] {
      meeting.arrive_and_wait();
      return Progress::finished;
    }));
  }
  for (const Ref<TestRunnable>& r : all) r->wake();
  scheduler_->resize(3);  // what is queued since before finds carriers
  scheduler_->drain();
}

TEST_F(ResizingFour, shrinksToOneThatRunsWhatTheOthersHad) {
  constexpr int runnables = 1000, slicesEach = 20;
  std::vector<int> slices(runnables, 0);
  std::atomic<int> running{0}, most{0};
  std::atomic<bool> shrunk{false};
  std::vector<Ref<TestRunnable>> all;
  for (int i = 0; i < runnables; ++i) {
    all.push_back(runnable([&, i] {
      const int now = ++running;
      if (shrunk && now > most) most = now;
      const bool over = ++slices[i] >= slicesEach && shrunk;
      --running;
      return over ? Progress::finished : Progress::ready;
    }));
  }
  for (const Ref<TestRunnable>& r : all) r->wake();
  scheduler_->resize(1);
  EXPECT_EQ(scheduler_->carriers(), 1u);
  tests::awaitOsThreads(osThreadsBefore_ + 1);
  shrunk = true;
  scheduler_->drain();
  EXPECT_EQ(most, 1);
  std::uint64_t total = 0;
  for (const Ref<TestRunnable>& r : all) total += r->slices();
  EXPECT_EQ(slicesOfAll(), total);
  EXPECT_GE(*std::ranges::min_element(slices), slicesEach);
}

TEST_F(ResizingFour, losesNothingAndCountsRightWhileItsNumberChanges) {
  constexpr int rounds = 200;
  std::atomic<bool> over{false};
  std::atomic<std::uint64_t> asked{0}, answered{0}, fired{0};
  std::vector<Ref<TestRunnable>> all;
  for (int i = 0; i < 20; ++i) {
    all.push_back(runnable([&over, i, slices = 0]() mutable {
      if (over) return Progress::finished;
      return slices++ % 20 < i ? Progress::ready : Progress::parked;
    }));
  }
  const Ref<TestRunnable> server = runnable([&] {
    answered.store(asked.load());
    answered.notify_all();
    return over ? Progress::finished : Progress::parked;
  });
  for (int round = 0; round < rounds; ++round) {
    scheduler_->resize(1 + round * 7 % 4);
    for (const Ref<TestRunnable>& r : all) r->wake();
    const std::uint64_t question = ++asked;
    server->wake();
    scheduler_->timers().call(clock_.now() + 10us, [&] {
      ++fired;
      fired.notify_all();
    });
    tests::awaitAtLeast(answered, question);
  }
  tests::awaitAtLeast(fired, rounds);
  over = true;
  for (const Ref<TestRunnable>& r : all) r->wake();
  server->wake();
  scheduler_->drain();
  std::uint64_t total = server->slices();
  for (const Ref<TestRunnable>& r : all) total += r->slices();
  EXPECT_EQ(slicesOfAll(), total);
  EXPECT_EQ(scheduler_->statistics().size(), 4u);
}

// They hand the carrier over to each other, also while it is one too many.
TEST_F(ResizingFour, losesNoneOfThoseHandedOverWhileItsNumberChanges) {
  constexpr int rounds = 200, pairs = 5;
  struct Pair {
    Ref<TestThread> sides[2];
    std::atomic<std::uint64_t> strikes{0};
  };
  std::atomic<bool> over{false};
  Pair all[pairs];
  for (Pair& pair : all) {
    for (int side = 0; side < 2; ++side) {
      pair.sides[side] = makeRef<TestThread>(share_, [&over, &pair, side] {
        // Before the other one is woken, so that the last to wake has seen the end.
        const bool ends = over;
        ++pair.strikes;
        pair.strikes.notify_all();
        pair.sides[1 - side]->wake();
        return ends ? Progress::finished : Progress::parked;
      });
    }
  }
  for (Pair& pair : all) pair.sides[0]->wake();
  for (int round = 0; round < rounds; ++round) {
    scheduler_->resize(1 + round * 7 % 4);
    for (Pair& pair : all) {
      const std::uint64_t before = pair.strikes;
      for (std::uint64_t seen = before; seen < before + 2; seen = pair.strikes) {
        pair.strikes.wait(seen);
      }
    }
  }
  over = true;
  scheduler_->drain();
  std::uint64_t total = 0;
  for (Pair& pair : all) total += pair.sides[0]->slices() + pair.sides[1]->slices();
  EXPECT_EQ(slicesOfAll(), total);
}

TEST_F(ResizingFour, keepsTheTimersWhenTheirKeeperRetires) {
  for (int round = 0; round < 30; ++round) {
    scheduler_->resize(4);
    std::latch meeting(4), fired(1);
    std::vector<Ref<TestRunnable>> all;
    for (int i = 0; i < 4; ++i) {
      all.push_back(runnable([&] {
        meeting.arrive_and_wait();
        return Progress::finished;
      }));
    }
    for (const Ref<TestRunnable>& r : all) r->wake();
    scheduler_->drain();
    // Some carrier sleeps until this, and some rounds it is one that ends now.
    scheduler_->timers().call(clock_.now() + 3ms, [&] { fired.count_down(); });
    if (round % 2 == 0) std::this_thread::sleep_for(1ms);
    scheduler_->resize(1);
    fired.wait();
  }
}

TEST_F(Resizing, isDoneByWhatACarrierRuns) {
  std::atomic<int> slices{0};
  const Ref<TestRunnable> self = runnable([&] {
    const int slice = ++slices;
    scheduler_->resize(slice % 2 == 0 ? 1 : 4);
    return slice == 200 ? Progress::finished : Progress::ready;
  });
  self->wake();
  scheduler_->drain();
  EXPECT_EQ(self->slices(), 200u);
}

// Several work all the time, on as many carriers as a quota pays for that somebody changes.
TEST(Following, aQuotaEndsCarriersAndStartsThemAgain) {
  const std::size_t before = tests::osThreads();
  const tests::MachineFiles files;
  files.write("proc/self/cgroup", "0::/\n");
  tests::DrivenClock clock;
  const Ref<WorkStealing> scheduler = makeRef<WorkStealing>(1, clock, 64, files.root());
  scheduler->start(nullptr);
  scheduler->resize(0);
  const unsigned most = scheduler->carriers();
  std::atomic<bool> over{false};
  const Ref<TestShare> share = makeRef<TestShare>(scheduler, 100);
  std::vector<Ref<TestRunnable>> all;
  for (unsigned i = 0; i < 2 * most; ++i) {
    all.push_back(
        makeRef<TestRunnable>(share, [&] { return over ? Progress::finished : Progress::ready; }));
  }
  for (const Ref<TestRunnable>& r : all) r->wake();
  for (const unsigned quota : {1U, most, 1U}) {
    files.write("sys/fs/cgroup/cpu.max", std::to_string(quota * 1000) + " 1000\n");
    clock.advance(CarrierSupply::interval);
    // However long it takes, and where it is not followed for ever.
    while (scheduler->carriers() != quota) std::this_thread::sleep_for(1ms);
    tests::awaitOsThreads(before + quota);
  }
  over = true;
  scheduler->drain();
  scheduler->stop();
}

}  // namespace
}  // namespace troop
