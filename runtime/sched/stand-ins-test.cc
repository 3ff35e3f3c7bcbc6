// Carriers that are stuck and those that stand in for them. What blocks here waits until others
// have run, so that a test of one that is not replaced does not end.
#include "runtime/sched/stand-ins.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <latch>
#include <memory>
#include <utility>
#include <vector>

#include "runtime/machine/os-thread.h"
#include "runtime/sched/current.h"
#include "runtime/sched/test-runnables.h"
#include "runtime/sched/work-stealing.h"
#include "runtime/testing/os-threads.h"

namespace troop {
namespace {

class StandInsOf : public testing::Test {
 protected:
  static constexpr unsigned sparesMax = 3;
  static constexpr unsigned watchdogs = 1;

  StandInsOf(unsigned carriers, Duration restMax, Duration stuckAfter = 2ms)
      : StandInsOf(
            carriers,
            StandInOptions{.sparesMax = sparesMax, .stuckAfter = stuckAfter, .restMax = restMax}) {}
  StandInsOf(unsigned carriers, StandInOptions options) {
    scheduler_ = makeRef<WorkStealing>(carriers, clock_, 4, "/", std::move(options));
    scheduler_->start(nullptr);
    share_ = makeRef<TestShare>(scheduler_, 100);
  }
  ~StandInsOf() override {
    scheduler_->drain();
    scheduler_->stop();
    tests::awaitOsThreads(osThreadsBefore_);
  }

  Ref<TestRunnable> runnable(std::function<Progress()> slice) {
    return makeRef<TestRunnable>(share_, std::move(slice));
  }
  // One that runs once.
  Ref<TestRunnable> start(std::function<void()> once) {
    const Ref<TestRunnable> started = runnable([once = std::move(once)] {
      once();
      return Progress::finished;
    });
    started->wake();
    return started;
  }
  std::uint64_t slicesOfAll() {
    scheduler_->stop();
    std::uint64_t slices = 0;
    for (const CarrierStatistics& carrier : scheduler_->statistics()) slices += carrier.slices;
    return slices;
  }

  const std::size_t osThreadsBefore_ = tests::osThreads();
  const SteadyClock clock_;
  Ref<WorkStealing> scheduler_;
  Ref<TestShare> share_;
};

class StandInsOfOne : public StandInsOf {
 protected:
  StandInsOfOne() : StandInsOf(1, 1h) {}
};
// As if nothing were ever long.
class StandInsOfOneThatIsPatient : public StandInsOf {
 protected:
  StandInsOfOneThatIsPatient() : StandInsOf(1, 1h, 1h) {}
};
// Whose host needs long for the first that it is told of.
class StandInsOfASlowHost : public StandInsOf {
 protected:
  StandInsOfASlowHost()
      : StandInsOf(1, StandInOptions{.sparesMax = sparesMax,
                                     .stuckAfter = 2ms,
                                     .restMax = 1h,
                                     .tell = [this](const StuckSlice&) {
                                       told_.fetch_add(1);
                                       told_.notify_all();
                                       mayReturn_.wait();
                                       return true;
                                     }}) {}

  std::atomic<int> told_{0};
  std::latch mayReturn_{1};
};
class StandInsThatEnd : public StandInsOf {
 protected:
  StandInsThatEnd() : StandInsOf(1, 1ms) {}
};
class StandInsOfTwo : public StandInsOf {
 protected:
  StandInsOfTwo() : StandInsOf(2, 1ms) {}
};

TEST_F(StandInsOfOne, oneRunsWhatIsQueuedBehindWhatBlocks) {
  std::latch blocked(1), released(1);
  start([&] {
    blocked.count_down();
    released.wait();
  });
  blocked.wait();
  start([&] { released.count_down(); });
  scheduler_->drain();
  EXPECT_EQ(tests::osThreads(), osThreadsBefore_ + 2 + watchdogs);
}

TEST_F(StandInsOfOneThatIsPatient, oneComesWhereTheOsThreadSleeps) {
  std::latch blocked(1), released(1);
  start([&] {
    blocked.count_down();
    released.wait();  // a call of the kernel
  });
  blocked.wait();
  start([&] { released.count_down(); });
  scheduler_->drain();
  EXPECT_EQ(scheduler_->statistics()[0].replaced, 1U);
}

TEST_F(StandInsOfOneThatIsPatient, noneComesWhereItComputes) {
  constexpr Duration computed = 50ms;  // several looks of the watchdog
  std::latch begun(1);
  start([&] {
    begun.count_down();
    const Duration before = cpuTimeOf(gettid()).value();
    while (cpuTimeOf(gettid()).value() - before < computed) {
    }
  });
  begun.wait();
  start([] {});
  scheduler_->drain();
  EXPECT_EQ(scheduler_->statistics()[0].replaced, 0U);
}

TEST_F(StandInsOfOne, oneRunsWhatWasQueuedBefore) {
  std::latch begun(1), queued(1), released(1);
  start([&] {
    begun.count_down();
    queued.wait();
    released.wait();
  });
  begun.wait();
  start([&] { released.count_down(); });
  queued.count_down();
  scheduler_->drain();
}

TEST_F(StandInsOfOne, oneRunsWhatWasHandedOver) {
  std::latch released(1);
  const Ref<TestThread> second = makeRef<TestThread>(share_, [&] {
    released.count_down();
    return Progress::finished;
  });
  const Ref<TestThread> first = makeRef<TestThread>(share_, [&] {
    second->wake();
    released.wait();
    return Progress::finished;
  });
  first->wake();
  scheduler_->drain();
}

TEST_F(StandInsOfOne, oneKeepsTheTimers) {
  std::latch released(1);
  start([&] {
    scheduler_->timers().call(clock_.now() + 1ms, [&] { released.count_down(); });
    released.wait();
  });
  scheduler_->drain();
}

TEST_F(StandInsOfOne, oneTakesOverWhereWhatRunsSaysThatItBlocks) {
  std::latch blocked(1), released(1);
  bool wasReplaced = false;
  start([&] {
    scheduler_->beginBlocking(*current());
    blocked.count_down();
    released.wait();
    wasReplaced = scheduler_->endBlocking(*current());
    // Others ran on its carrier meanwhile, so that it is not charged for it.
    EXPECT_GT(current()->blocked, Duration::zero());
  });
  blocked.wait();
  start([&] { released.count_down(); });
  scheduler_->drain();
  EXPECT_TRUE(wasReplaced);
}

TEST_F(StandInsOfOne, thereIsNoneWhereNobodyWaits) {
  start([&] {
    for (int i = 0; i < 1000; ++i) {
      scheduler_->beginBlocking(*current());
      EXPECT_FALSE(scheduler_->endBlocking(*current()));
    }
    EXPECT_EQ(current()->blocked, Duration::zero());
  });
  scheduler_->drain();
}

TEST_F(StandInsOfOne, thereIsOneForEachThatIsStuckUpToTheLimit) {
  std::latch blocked(1 + sparesMax), released(1), ran(1);
  for (unsigned i = 0; i < 1 + sparesMax; ++i) {
    start([&] {
      blocked.count_down();
      released.wait();
    });
  }
  blocked.wait();
  std::atomic<bool> hasRun{false};
  start([&] {
    hasRun = true;
    ran.count_down();
  });
  EXPECT_EQ(tests::osThreads(), osThreadsBefore_ + 1 + sparesMax + watchdogs);
  EXPECT_FALSE(hasRun);
  released.count_down();
  ran.wait();
  scheduler_->drain();
  EXPECT_EQ(tests::osThreads(), osThreadsBefore_ + 1 + sparesMax + watchdogs);
}

TEST_F(StandInsOfASlowHost, comeWhileThatIsTold) {
  std::latch released(1);
  start([&] { released.wait(); });
  told_.wait(0);
  start([&] { released.wait(); });
  start([&] { released.count_down(); });
  released.wait();
  mayReturn_.count_down();
  scheduler_->drain();
  scheduler_->stop();
  EXPECT_GE(told_.load(), 1);
}

// However often somebody is stuck and comes back, as many run at once as there are carriers.
TEST_F(StandInsThatEnd, endWhenTheyAreNotNeeded) {
  std::atomic<int> blocked{0}, released{0};
  for (int i = 0; i < 2; ++i) {
    start([&] {
      ++blocked;
      blocked.notify_all();
      released.wait(0);
    });
  }
  for (int seen = 0; (seen = blocked) < 2;) blocked.wait(seen);
  start([&] {
    released = 1;
    released.notify_all();
  });
  scheduler_->drain();
  tests::awaitOsThreads(osThreadsBefore_ + 1 + watchdogs);
}

TEST_F(StandInsThatEnd, comeAgainWhenTheyAre) {
  for (int round = 0; round < 5; ++round) {
    std::latch blocked(1), released(1), over(1);
    start([&] {
      blocked.count_down();
      released.wait();
      over.count_down();
    });
    blocked.wait();
    start([&] { released.count_down(); });
    over.wait();
    tests::awaitOsThreads(osThreadsBefore_ + 1 + watchdogs);
  }
}

TEST_F(StandInsOfTwo, nothingIsLostWhileTheNumberChangesAndSomeAreStuck) {
  constexpr int rounds = 40;
  std::atomic<bool> over{false};
  std::vector<Ref<TestRunnable>> all;
  for (int i = 0; i < 20; ++i) {
    all.push_back(runnable([&over, i, slices = 0]() mutable {
      if (over) return Progress::finished;
      return slices++ % 20 < i ? Progress::ready : Progress::parked;
    }));
  }
  std::uint64_t once = 0;
  for (int round = 0; round < rounds; ++round) {
    scheduler_->resize(1 + round * 7 % 4);
    for (const Ref<TestRunnable>& r : all) r->wake();
    std::latch blocked(1), released(1), left(2);
    start([&] {
      blocked.count_down();
      released.wait();
      left.count_down();
    });
    blocked.wait();
    scheduler_->resize(1 + round * 3 % 4);
    start([&] {
      released.count_down();
      left.count_down();
    });
    left.wait();
    once += 2;
  }
  over = true;
  for (const Ref<TestRunnable>& r : all) r->wake();
  scheduler_->drain();
  std::uint64_t total = once;
  for (const Ref<TestRunnable>& r : all) total += r->slices();
  EXPECT_EQ(slicesOfAll(), total);
}

}  // namespace
}  // namespace troop
