#include "runtime/sched/compactor.h"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "runtime/sched/test-runnables.h"
#include "runtime/sim/simulated-scheduler.h"

namespace troop {
namespace {

// Calls a function whenever it is woken, before it is queued.
class TellsOfWakes final : public Runnable {
 public:
  TellsOfWakes(Ref<Share> share, std::function<void()> woken)
      : Runnable(std::move(share)), woken_(std::move(woken)) {}

 private:
  Progress runSlice() noexcept override { return Progress::parked; }
  Ref<Share> nextPayer() noexcept override {
    woken_();
    return {};
  }

  const std::function<void()> woken_;
};

class CompactorTest : public testing::Test {
 protected:
  // Parks in each slice; counts how often it was asked.
  struct Member {
    Ref<TestRunnable> runnable;
    std::unique_ptr<Compactable> compactable;
    int asked = 0;
  };

  Member& newMember() {
    members_.push_back(std::make_unique<Member>());
    Member& member = *members_.back();
    member.runnable = makeRef<TestRunnable>(share_, [&member] {
      if (member.compactable->takeAsked()) ++member.asked;
      return Progress::parked;
    });
    member.compactable = std::make_unique<Compactable>(*member.runnable);
    return member;
  }
  void runsAgain(Member& member) {
    compactor_.runsAgain(*member.compactable);
    member.runnable->wake();
  }
  // Until nothing is ready and no timer is armed: that this comes to an end is part of each test.
  void rest() {
    while (scheduler_->step()) {
    }
  }

  ~CompactorTest() override {
    for (const auto& member : members_) compactor_.leave(*member->compactable);
    rest();
  }

  const Ref<SimulatedScheduler> scheduler_ = makeRef<SimulatedScheduler>(0);
  const Ref<TestShare> share_ = makeRef<TestShare>(scheduler_, Share::defaultWeight);
  Compactor compactor_{*scheduler_, 100ms};
  std::vector<std::unique_ptr<Member>> members_;
};

TEST_F(CompactorTest, asksEachThatIsParkedForLongOnce) {
  for (int i = 0; i < 10; ++i) {
    Member& member = newMember();
    compactor_.join(*member.compactable);
    member.runnable->wake();
  }
  rest();
  for (const auto& member : members_) EXPECT_EQ(member->asked, 1);
}

TEST_F(CompactorTest, asksAgainOnceOneHasRunAgain) {
  Member& member = newMember();
  compactor_.join(*member.compactable);
  member.runnable->wake();
  rest();
  runsAgain(member);
  rest();
  EXPECT_EQ(member.asked, 2);
}

TEST_F(CompactorTest, asksNobodyWhoHasNotBeenParkedForLong) {
  Member& member = newMember();
  compactor_.join(*member.compactable);
  const Time end = scheduler_->now() + 1s;
  std::function<void()> busy = [&] {
    member.runnable->wake();
    if (scheduler_->now() < end) {
      EXPECT_EQ(member.asked, 0);
      scheduler_->timers().call(scheduler_->now() + 90ms, busy);
    }
  };
  busy();
  rest();
  EXPECT_EQ(member.asked, 1);
}

TEST_F(CompactorTest, visitsMoreThanItDoesAtATime) {
  for (std::size_t i = 0; i < 3 * Compactor::visitsMax; ++i) {
    Member& member = newMember();
    compactor_.join(*member.compactable);
    member.runnable->wake();
  }
  rest();
  for (const auto& member : members_) EXPECT_EQ(member->asked, 1);
}

// Another visit would lead who still asks to the wrong Threads, with references that it has not.
TEST_F(CompactorTest, beginsNoOtherVisitWhileItAsks) {
  Member& member = newMember();
  compactor_.join(*member.compactable);
  member.runnable->wake();
  std::size_t visitsDue = 0;
  const Ref<TellsOfWakes> other = makeRef<TellsOfWakes>(share_, [&] {
    compactor_.runsAgain(*member.compactable);  // as on another carrier
    visitsDue = scheduler_->timers().armed();
  });
  Compactable asked(*other);
  compactor_.join(asked);
  other->wake();
  EXPECT_EQ(visitsDue, 1u);
  rest();
  EXPECT_EQ(visitsDue, 0u);
  EXPECT_EQ(member.asked, 2);
  compactor_.leave(asked);
}

TEST_F(CompactorTest, forgetsWhoLeaves) {
  Member& stays = newMember();
  Member& leaves = newMember();
  compactor_.join(*stays.compactable);
  compactor_.join(*leaves.compactable);
  stays.runnable->wake();
  leaves.runnable->wake();
  compactor_.leave(*leaves.compactable);
  compactor_.leave(*leaves.compactable);
  rest();
  EXPECT_EQ(stays.asked, 1);
  EXPECT_EQ(leaves.asked, 0);
}

}  // namespace
}  // namespace troop
