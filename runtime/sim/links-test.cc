#include "runtime/sim/links.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "runtime/sim/simulated-scheduler.h"

namespace troop::sim {
namespace {

// What arrives of what is sent, in which order.
class LinksTest : public testing::Test {
 protected:
  Links& links(const Network& network) {
    return *(links_ = std::make_unique<Links>(*scheduler_, network));
  }

  std::function<void()> arrives(int number) {
    return [this, number] { arrived_.push_back(number); };
  }
  void untilNothingHappens() {
    while (scheduler_->step()) {
    }
  }
  void until(Time time) {
    while (scheduler_->now() < time && scheduler_->step()) {
    }
  }

  ~LinksTest() override { scheduler_->stop(); }

  const Ref<SimulatedScheduler> scheduler_ = makeRef<SimulatedScheduler>(std::uint64_t{7});
  std::vector<int> arrived_;

 private:
  std::unique_ptr<Links> links_;
};

const std::vector<int> allInOrder{0, 1, 2, 3, 4, 5, 6, 7, 8, 9};

TEST_F(LinksTest, aLaneKeepsTheOrderWhateverTheDelays) {
  const auto lane = links({}).lane(1, 2);
  for (int i = 0; i < 10; ++i) lane->send(arrives(i));
  untilNothingHappens();
  EXPECT_EQ(arrived_, allInOrder);
}

TEST_F(LinksTest, whatIsSentIsOnItsWayForAsLongAsTheNetworkSays) {
  const Time before = scheduler_->now();
  links({.delayMin = 1s, .delayMax = 1s}).lane(1, 2)->send(arrives(1));
  untilNothingHappens();
  EXPECT_EQ(scheduler_->now(), before + 1s);
}

TEST_F(LinksTest, datagramsOvertakeEachOther) {
  Links& some = links({});
  for (int i = 0; i < 10; ++i) some.carry(1, 2, arrives(i));
  untilNothingHappens();
  EXPECT_NE(arrived_, allInOrder);
  std::ranges::sort(arrived_);
  EXPECT_EQ(arrived_, allInOrder);
}

TEST_F(LinksTest, datagramsAreLostOnlyWhereThatIsAskedFor) {
  Links& some = links({.lossOneIn = 2});
  for (int i = 0; i < 100; ++i) some.carry(1, 2, arrives(i));
  untilNothingHappens();
  EXPECT_GT(arrived_.size(), 20u);
  EXPECT_LT(arrived_.size(), 80u);
}

TEST_F(LinksTest, datagramsArriveTwiceWhereThatIsAskedFor) {
  Links& some = links({.twiceOneIn = 2});
  for (int i = 0; i < 100; ++i) some.carry(1, 2, arrives(i));
  untilNothingHappens();
  EXPECT_GT(arrived_.size(), 120u);
}

TEST_F(LinksTest, aLaneWaitsUntilTheCutIsHealed) {
  Links& some = links({});
  some.cut(2, 1);
  const auto lane = some.lane(1, 2);
  for (int i = 0; i < 10; ++i) lane->send(arrives(i));
  some.carry(1, 2, arrives(-1));
  some.carry(1, 3, arrives(-2));
  until(scheduler_->now() + 10s);
  EXPECT_EQ(arrived_, std::vector<int>{-2}) << "others are not cut off, and datagrams are lost";
  some.heal(1, 2);
  untilNothingHappens();
  arrived_.erase(arrived_.begin());
  EXPECT_EQ(arrived_, allInOrder);
}

TEST_F(LinksTest, aLaneIsGivenUpInTheEnd) {
  Links& some = links({});
  some.switchOff(2);
  const auto lane = some.lane(1, 2);
  int givenUp = 0;
  lane->giveUpAfter(Lane::triesToConnect, [&] { ++givenUp; });
  lane->send(arrives(1));
  const Time before = scheduler_->now();
  untilNothingHappens();
  EXPECT_EQ(givenUp, 1);
  EXPECT_GT(scheduler_->now(), before + 1min);
  some.switchOn(2);
  untilNothingHappens();
  EXPECT_TRUE(arrived_.empty());
}

TEST_F(LinksTest, whatWasDroppedDoesNotArrive) {
  const auto lane = links({}).lane(1, 2);
  lane->send(arrives(1));
  lane->drop();
  untilNothingHappens();
  EXPECT_TRUE(arrived_.empty());
}

TEST_F(LinksTest, cutsThatAreDrawnHealByThemselves) {
  Links& some = links({.cutOneIn = 1, .cutMin = 1s, .cutMax = 5s});
  some.lane(1, 2)->send(arrives(1));
  EXPECT_TRUE(some.areCut(1, 2));
  EXPECT_FALSE(some.areCut(1, 1));
  untilNothingHappens();
  EXPECT_EQ(arrived_, std::vector<int>{1});
  EXPECT_FALSE(some.areCut(1, 2));
}

}  // namespace
}  // namespace troop::sim
