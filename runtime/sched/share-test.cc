#include "runtime/sched/share.h"

#include <gtest/gtest.h>

#include <limits>
#include <thread>
#include <vector>

#include "runtime/sched/test-runnables.h"
#include "runtime/sim/simulated-scheduler.h"

namespace troop {
namespace {

class ShareTest : public testing::Test {
 protected:
  ~ShareTest() override {
    while (scheduler_->step()) {
    }
  }

  Ref<TestRunnable> runnable(Progress progress = Progress::parked) {
    return makeRef<TestRunnable>(share_, [this, progress] {
      ++slices_;
      return share_->killed() ? Progress::finished : progress;
    });
  }
  int members() {
    int count = 0;
    share_->forEach([&](Runnable&) { ++count; });
    return count;
  }

  const Ref<SimulatedScheduler> scheduler_ = makeRef<SimulatedScheduler>(0);
  const Ref<TestShare> share_ = makeRef<TestShare>(scheduler_, Share::defaultWeight);
  int slices_ = 0;
};

TEST_F(ShareTest, virtualTimeIsRaisedAndNeverLowered) {
  share_->raiseVirtualTime(100);
  EXPECT_EQ(share_->virtualTime(), 100u);
  share_->raiseVirtualTime(50);
  EXPECT_EQ(share_->virtualTime(), 100u);
}

TEST_F(ShareTest, virtualTimeIsRaisedByManyOsThreadsToTheMost) {
  std::vector<std::thread> threads;
  for (std::uint64_t first = 0; first < 4; ++first) {
    threads.emplace_back([&, first] {
      for (std::uint64_t i = 0; i < 1000; ++i) share_->raiseVirtualTime(4 * i + first);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(share_->virtualTime(), 3999u);
}

TEST_F(ShareTest, isActiveFromTheFirstToTheLast) {
  EXPECT_TRUE(share_->becameActive());
  EXPECT_FALSE(share_->becameActive());
  share_->becameInactive();
  EXPECT_FALSE(share_->becameActive());
  share_->becameInactive();
  share_->becameInactive();
  EXPECT_TRUE(share_->becameActive());
}

TEST_F(ShareTest, runnablesAreMembersFromTheirFirstWakeToTheirEnd) {
  const Ref<TestRunnable> lasting = runnable();
  const Ref<TestRunnable> brief = runnable(Progress::finished);
  EXPECT_EQ(members(), 0);
  lasting->wake();
  brief->wake();
  EXPECT_EQ(members(), 2);
  while (scheduler_->step()) {
  }
  EXPECT_EQ(slices_, 2);
  EXPECT_EQ(members(), 1);
}

TEST_F(ShareTest, aParkedMemberThatNobodyHoldsLeaves) {
  runnable()->wake();
  while (scheduler_->step()) {
  }
  EXPECT_EQ(slices_, 1);
  EXPECT_EQ(members(), 0);
}

TEST_F(ShareTest, killingTellsEachMemberOnceAndRunsIt) {
  const Ref<TestRunnable> first = runnable();
  const Ref<TestRunnable> second = runnable();
  const Ref<TestRunnable> neverWoken = runnable();
  first->wake();
  second->wake();
  while (scheduler_->step()) {
  }
  EXPECT_EQ(share_->killCause(), nullptr);

  EXPECT_TRUE(share_->kill());
  EXPECT_FALSE(share_->kill());
  ASSERT_NE(share_->killCause(), nullptr);
  EXPECT_EQ(share_->killCause()->reason(), "killed by a test");
  while (scheduler_->step()) {
  }
  EXPECT_EQ(first->timesTold(), 1);
  EXPECT_EQ(second->timesTold(), 1);
  EXPECT_EQ(neverWoken->timesTold(), 0);
  EXPECT_EQ(slices_, 4);
  EXPECT_EQ(members(), 0);
}

TEST_F(ShareTest, whoIsWokenAfterTheKillIsToldThen) {
  share_->kill();
  const Ref<TestRunnable> late = runnable();
  late->wake();
  EXPECT_EQ(late->timesTold(), 1);
  while (scheduler_->step()) {
  }
  EXPECT_EQ(members(), 0);
}

TEST_F(ShareTest, isKilledOnceHoweverManyTry) {
  const Ref<TestRunnable> member = runnable();
  member->wake();
  while (scheduler_->step()) {
  }
  EXPECT_EQ(share_->kill() + share_->kill() + share_->kill(), 1);
  EXPECT_EQ(member->timesTold(), 1);
}

}  // namespace
}  // namespace troop
