#include "runtime/sched/timers.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <thread>
#include <vector>

#include "runtime/sim/simulated-scheduler.h"

namespace troop {
namespace {

class Recorded final : public Timer {
 public:
  Recorded(std::vector<int>& fired, int name) : fired_(fired), name_(name) {}

 private:
  void due() noexcept override { fired_.push_back(name_); }

  std::vector<int>& fired_;
  const int name_;
};

class TimersTest : public testing::Test {
 protected:
  const Ref<SimulatedScheduler> scheduler_ = makeRef<SimulatedScheduler>(0);
  Timers& timers_ = scheduler_->timers();
  std::vector<int> fired_;
};

TEST_F(TimersTest, fireInOrderOfTimeThenOfArming) {
  Recorded a(fired_, 1), b(fired_, 2), c(fired_, 3), d(fired_, 4);
  timers_.arm(a, Time(3s), Time());
  timers_.arm(b, Time(1s), Time());
  timers_.arm(c, Time(1s), Time());
  timers_.arm(d, Time(2s), Time());
  EXPECT_EQ(timers_.next(), Time(1s));
  timers_.run(Time(2s));
  EXPECT_EQ(fired_, (std::vector<int>{2, 3, 4}));
  EXPECT_EQ(timers_.next(), Time(3s));
  EXPECT_TRUE(a.armed());
  EXPECT_EQ(timers_.armed(), 1u);
  timers_.run(Time(3s));
  EXPECT_EQ(timers_.next(), never);
  EXPECT_FALSE(a.armed());
}

TEST_F(TimersTest, doNotFireOnceDisarmed) {
  Recorded a(fired_, 1), b(fired_, 2);
  timers_.arm(a, Time(1s), Time());
  timers_.arm(b, Time(2s), Time());
  timers_.disarm(a);
  timers_.disarm(a);
  EXPECT_EQ(timers_.next(), Time(2s));
  timers_.run(Time(5s));
  EXPECT_EQ(fired_, (std::vector<int>{2}));
  timers_.disarm(b);
  timers_.arm(b, Time(6s), Time());
  timers_.run(Time(6s));
  EXPECT_EQ(fired_, (std::vector<int>{2, 2}));
}

TEST_F(TimersTest, agreeWithASortedMapWhateverIsArmedAndDisarmed) {
  std::mt19937_64 random(7);
  std::vector<std::unique_ptr<Recorded>> all;
  for (int i = 0; i < 200; ++i) all.push_back(std::make_unique<Recorded>(fired_, i));
  std::map<std::pair<Time, int>, int> expected;  // in order of arming among equals
  std::vector<std::map<std::pair<Time, int>, int>::iterator> entries(all.size(), expected.end());
  int order = 0;
  for (int step = 0; step < 20'000; ++step) {
    const std::size_t index = random() % all.size();
    if (all[index]->armed()) {
      timers_.disarm(*all[index]);
      expected.erase(entries[index]);
    } else {
      const Time when(Duration(random() % 1000));
      timers_.arm(*all[index], when, Time());
      entries[index] = expected.emplace(std::pair(when, ++order), static_cast<int>(index)).first;
    }
    ASSERT_EQ(timers_.next(), expected.empty() ? never : expected.begin()->first.first);
    if (step % 100 != 0) continue;
    const Time until(Duration(random() % 300));
    std::vector<int> due;
    while (!expected.empty() && expected.begin()->first.first <= until) {
      due.push_back(expected.begin()->second);
      expected.erase(expected.begin());
    }
    fired_.clear();
    timers_.run(until);
    ASSERT_EQ(fired_, due);
  }
  for (const auto& timer : all) timers_.disarm(*timer);
}

TEST_F(TimersTest, callFunctionsOnceUnlessCancelled) {
  int calls = 0;
  const TimerId first = timers_.call(Time(1s), [&] { ++calls; });
  const TimerId second = timers_.call(Time(2s), [&] { ++calls; });
  EXPECT_TRUE(timers_.cancel(second));
  EXPECT_FALSE(timers_.cancel(second));
  timers_.run(Time(5s));
  EXPECT_EQ(calls, 1);
  EXPECT_FALSE(timers_.cancel(first));
  EXPECT_FALSE(timers_.cancel(TimerId{12345}));
}

TEST_F(TimersTest, functionsMayArmAndCancelOthers) {
  std::vector<int> calls;
  const TimerId victim = timers_.call(Time(2s), [&] { calls.push_back(9); });
  timers_.call(Time(1s), [&] {
    calls.push_back(1);
    EXPECT_TRUE(timers_.cancel(victim));
    timers_.call(Time(1s), [&] { calls.push_back(2); });
  });
  timers_.run(Time(3s));
  EXPECT_EQ(calls, (std::vector<int>{1, 2}));
}

// When it is due, others come as well.
class Crowded final : public Timer {
 public:
  explicit Crowded(Timers& timers) : timers_(timers) {}

 private:
  void due() noexcept override {
    std::thread([this] { timers_.run(Time(1s)); }).join();
  }

  Timers& timers_;
};

TEST_F(TimersTest, holdNobodyUpWhileTheyFire) {
  Crowded crowded(timers_);
  Recorded next(fired_, 1);
  timers_.arm(crowded, Time(1s), Time());
  timers_.arm(next, Time(1s), Time());
  timers_.run(Time(1s));
  EXPECT_EQ(fired_, std::vector<int>{1});
}

TEST_F(TimersTest, fireWhileAFunctionRuns) {
  Recorded meanwhile(fired_, 1);
  timers_.call(Time(1s), [&] {
    std::thread([&] { timers_.run(Time(1s)); }).join();
    fired_.push_back(2);
  });
  timers_.arm(meanwhile, Time(1s), Time());
  timers_.run(Time(1s));
  EXPECT_EQ(fired_, (std::vector<int>{1, 2}));
}

TEST_F(TimersTest, destroyFunctionsThatNeverRan) {
  const auto owned = std::make_shared<int>(1);
  timers_.call(Time(1s), [owned] {});
  const TimerId cancelled = timers_.call(Time(2s), [owned] {});
  EXPECT_EQ(owned.use_count(), 3);
  EXPECT_TRUE(timers_.cancel(cancelled));
  EXPECT_EQ(owned.use_count(), 2);
  {
    const Ref<SimulatedScheduler> other = makeRef<SimulatedScheduler>(0);
    other->timers().call(Time(1s), [owned] {});
    EXPECT_EQ(owned.use_count(), 3);
  }
  EXPECT_EQ(owned.use_count(), 2);
}

}  // namespace
}  // namespace troop
