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

TEST_F(ShareTest, anOuterOneIsActiveWhileAnyInsideIs) {
  const Ref<TestShare> first = makeRef<TestShare>(scheduler_, 100, share_);
  const Ref<TestShare> second = makeRef<TestShare>(scheduler_, 100, share_);
  EXPECT_TRUE(first->becameActive());
  EXPECT_FALSE(second->becameActive());
  EXPECT_FALSE(first->becameActive());
  first->becameInactive();
  first->becameInactive();
  EXPECT_FALSE(share_->becameActive());
  share_->becameInactive();
  second->becameInactive();
  EXPECT_TRUE(share_->becameActive());
}

TEST_F(ShareTest, cpuTimeCountsAtEveryLevelByItsWeight) {
  const Ref<TestShare> inner = makeRef<TestShare>(scheduler_, 50, share_);
  const Ref<TestShare> innermost = makeRef<TestShare>(scheduler_, 200, inner);
  innermost->advanceVirtualTime(1us);
  EXPECT_EQ(innermost->virtualTime(), 500u);
  EXPECT_EQ(inner->virtualTime(), 2'000u);
  EXPECT_EQ(share_->virtualTime(), 1'000u);
  EXPECT_EQ(share_->ownVirtualTime(), 0u);
  share_->advanceVirtualTime(1us);
  EXPECT_EQ(share_->virtualTime(), 2'000u);
  EXPECT_EQ(share_->ownVirtualTime(), 1'000u);
  EXPECT_EQ(inner->virtualTime(), 2'000u);
}

TEST_F(ShareTest, comparesWhereTwoAreBesideEachOther) {
  const Ref<TestShare> other = makeRef<TestShare>(scheduler_, 100);
  const Ref<TestShare> left = makeRef<TestShare>(scheduler_, 100, share_);
  const Ref<TestShare> right = makeRef<TestShare>(scheduler_, 100, share_);
  const Ref<TestShare> deep = makeRef<TestShare>(scheduler_, 100, left);
  share_->raiseVirtualTime(10);
  other->raiseVirtualTime(20);
  left->raiseVirtualTime(5'000);
  right->raiseVirtualTime(4'000);
  EXPECT_TRUE(Share::servedBefore(*share_, *other));
  EXPECT_TRUE(Share::servedBefore(*deep, *other));
  EXPECT_FALSE(Share::servedBefore(*other, *deep));
  EXPECT_TRUE(Share::servedBefore(*right, *deep));
  EXPECT_FALSE(Share::servedBefore(*deep, *left));
  EXPECT_FALSE(Share::servedBefore(*left, *deep));
  EXPECT_EQ(&deep->outermost(), share_.get());
  EXPECT_EQ(deep->depth(), 2u);
}

TEST_F(ShareTest, whoBecomesActiveInsideStartsWhereOthersAreServed) {
  const Ref<TestShare> busy = makeRef<TestShare>(scheduler_, 100, share_);
  const Ref<TestShare> late = makeRef<TestShare>(scheduler_, 100, share_);
  busy->raiseVirtualTime(7'000);
  busy->servedInside(100);
  late->becameActive();
  EXPECT_EQ(late->virtualTime(), 7'000u);
  busy->raiseVirtualTime(9'000);
  busy->servedInside(100);
  late->servedInside(100);
  EXPECT_EQ(late->virtualTime(), 8'900u);
  late->becameInactive();
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
