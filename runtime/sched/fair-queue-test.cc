#include "runtime/sched/fair-queue.h"

#include <gtest/gtest.h>

#include "runtime/sched/test-runnables.h"
#include "runtime/sim/simulated-scheduler.h"

namespace troop {
namespace {

class FairQueueTest : public testing::Test {
 protected:
  Ref<TestShare> share(unsigned weight = Share::defaultWeight) {
    return makeRef<TestShare>(scheduler_, weight);
  }
  static Ref<TestRunnable> runnable(const Ref<TestShare>& share) {
    return makeRef<TestRunnable>(share, [] { return Progress::parked; });
  }

  const Ref<SimulatedScheduler> scheduler_ = makeRef<SimulatedScheduler>(0);
  FairQueue queue_{0};
};

TEST_F(FairQueueTest, servesTheTroopThatUsedLeastThenInOrder) {
  const Ref<TestShare> used = share();
  const Ref<TestShare> fresh = share();
  used->advanceVirtualTime(5ms);
  const Ref<TestRunnable> a = runnable(used);
  const Ref<TestRunnable> b = runnable(fresh);
  const Ref<TestRunnable> c = runnable(fresh);
  for (const Ref<TestRunnable>& r : {a, b, c}) queue_.push(*r);
  EXPECT_EQ(queue_.least(), 0u);
  EXPECT_EQ(queue_.pop(), b.get());
  EXPECT_EQ(queue_.pop(), c.get());
  EXPECT_EQ(queue_.pop(), a.get());
  EXPECT_EQ(queue_.pop(), nullptr);
  EXPECT_EQ(queue_.least(), FairQueue::nothing);
}

TEST_F(FairQueueTest, noticesTimeUsedWhileQueued) {
  const Ref<TestShare> first = share();
  const Ref<TestShare> second = share();
  second->advanceVirtualTime(1ms);
  const Ref<TestRunnable> a = runnable(first);
  const Ref<TestRunnable> b = runnable(second);
  queue_.push(*a);
  queue_.push(*b);
  first->advanceVirtualTime(2ms);  // on another carrier
  EXPECT_EQ(queue_.pop(), b.get());
  EXPECT_EQ(queue_.pop(), a.get());
}

TEST_F(FairQueueTest, countsTimeByWeight) {
  const Ref<TestShare> light = share(50);
  const Ref<TestShare> heavy = share(300);
  light->advanceVirtualTime(3ms);
  heavy->advanceVirtualTime(3ms);
  EXPECT_EQ(light->virtualTime(), 6'000'000u);
  EXPECT_EQ(heavy->virtualTime(), 1'000'000u);
  heavy->advanceVirtualTime(0ns);
  EXPECT_EQ(heavy->virtualTime(), 1'000'001u);
}

TEST_F(FairQueueTest, movesUpWhomSomebodyServedEarlierPays) {
  const Ref<TestShare> ahead = share(), between = share(), lagging = share();
  ahead->advanceVirtualTime(2ms);
  between->advanceVirtualTime(1ms);
  const Ref<TestRunnable> server = runnable(ahead);
  const Ref<TestRunnable> other = runnable(between);
  queue_.push(*server);
  queue_.push(*other);
  EXPECT_FALSE(queue_.moveUp(*server, *ahead));
  EXPECT_TRUE(queue_.moveUp(*server, *lagging));
  EXPECT_FALSE(queue_.moveUp(*server, *between));
  EXPECT_EQ(queue_.pop(), server.get());
  EXPECT_EQ(queue_.pop(), other.get());
  EXPECT_EQ(queue_.pop(), nullptr);
}

TEST_F(FairQueueTest, givesThievesHalfOfTheTroopThatLagsMost) {
  const Ref<TestShare> lagging = share();
  const Ref<TestShare> ahead = share();
  ahead->advanceVirtualTime(1ms);
  std::vector<Ref<TestRunnable>> all;
  for (int i = 0; i < 5; ++i) all.push_back(runnable(lagging));
  const Ref<TestRunnable> other = runnable(ahead);
  queue_.push(*other);
  for (const auto& r : all) queue_.push(*r);

  List<Runnable, ReadyTag> loot;
  ASSERT_EQ(queue_.steal(16, loot), 3u);
  ASSERT_EQ(loot.count(), 3u);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(loot.popFront(), all[i].get());
  queue_.steal(1, loot);
  EXPECT_EQ(loot.popFront(), all[3].get());
  queue_.steal(16, loot);
  EXPECT_EQ(loot.popFront(), all[4].get());
  queue_.steal(16, loot);
  EXPECT_EQ(loot.popFront(), other.get());
  queue_.steal(16, loot);
  EXPECT_TRUE(loot.empty());
}

}  // namespace
}  // namespace troop
