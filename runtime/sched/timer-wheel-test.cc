#include "runtime/sched/timer-wheel.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <iterator>
#include <map>
#include <memory>
#include <random>
#include <utility>
#include <vector>

namespace troop {
namespace {

class Named final : public Timer {
 public:
  explicit Named(int itsName) : name(itsName) {}
  const int name;

 private:
  void due() noexcept override {}
};

Timer* takeDue(TimerWheel& wheel, Time now) {
  for (;;) {
    Timer* timer = wheel.takeDue(now);
    if (timer != nullptr || !wheel.isMoving()) return timer;
  }
}

// Of the first one that is due; -1: none is.
int takeName(TimerWheel& wheel, Time now) {
  Timer* timer = takeDue(wheel, now);
  return timer != nullptr ? static_cast<Named*>(timer)->name : -1;
}

// What is to come, by time and then in the order in which it was added.
using Expected = std::map<std::pair<Time, int>, Named*>;

// Adds, removes and takes at random, over `span` at a time, and compares with a sorted map.
void compareWithAMap(std::uint64_t seed, Duration span) {
  std::mt19937_64 random(seed);
  const auto below = [&random](Duration end) {
    return Duration(static_cast<Duration::rep>(random() % static_cast<std::uint64_t>(end.count())));
  };
  TimerWheel wheel;
  Time now(below(Duration(1h * 24 * 365)));
  std::vector<std::unique_ptr<Named>> all;
  for (int name = 0; name < 100; ++name) all.push_back(std::make_unique<Named>(name));
  Expected expected;
  std::vector<Expected::iterator> entries(all.size());
  int order = 0;
  for (int step = 0; step < 5'000; ++step) {
    Named& timer = *all[random() % all.size()];
    Expected::iterator& entry = entries[static_cast<std::size_t>(timer.name)];
    if (timer.armed()) {
      wheel.remove(timer);
      expected.erase(entry);
    } else {
      // Some in the past, many at the same time.
      const Duration ahead = below(span) - span / 8;
      const Time when = now + (random() % 2 == 0 ? ahead : ahead / (span / 8) * (span / 8));
      if (random() % 2 == 0) wheel.comeTo(now);
      wheel.add(timer, when);
      entry = expected.emplace(std::pair(when, ++order), &timer).first;
    }
    ASSERT_EQ(wheel.count(), expected.size());
    ASSERT_EQ(wheel.next() == never, expected.empty());
    if (!expected.empty()) ASSERT_LE(wheel.next(), expected.begin()->first.first);
    if (random() % 16 != 0) continue;
    now += below(span) / 2;
    while (!expected.empty() && expected.begin()->first.first <= now) {
      ASSERT_EQ(takeName(wheel, now), expected.begin()->second->name);
      expected.erase(expected.begin());
    }
    ASSERT_EQ(takeDue(wheel, now), nullptr);
  }
  for (const auto& timer : all) {
    if (timer->armed()) wheel.remove(*timer);
  }
  EXPECT_EQ(wheel.next(), never);
}

TEST(TimerWheel, givesWhatASortedMapWouldWhateverTheDistances) {
  std::uint64_t seed = 0;
  for (const Duration span :
       {Duration(1us), Duration(300us), Duration(5ms), Duration(200ms), Duration(10s), Duration(1h),
        Duration(24h * 30), Duration(24h * 900)}) {
    SCOPED_TRACE(span.count());
    for (int run = 0; run < 5; ++run) {
      compareWithAMap(++seed, span);
      if (HasFatalFailure()) return;
    }
  }
}

TEST(TimerWheel, isDueAtTheTimeNotAtTheEndOfATick) {
  TimerWheel wheel;
  Named timer(1);
  wheel.add(timer, Time(10s + 1ns));
  EXPECT_EQ(wheel.next(), Time(10s + 1ns));
  EXPECT_EQ(takeDue(wheel, Time(10s)), nullptr);
  EXPECT_EQ(wheel.next(), Time(10s + 1ns));
  EXPECT_EQ(takeName(wheel, Time(10s + 1ns)), 1);
  EXPECT_EQ(wheel.next(), never);
}

TEST(TimerWheel, sortsManyOfOneTick) {
  TimerWheel wheel;
  std::minstd_rand random(1);
  std::vector<std::unique_ptr<Named>> all;
  std::multimap<Time, int> expected;
  for (int name = 0; name < 3'000; ++name) {
    all.push_back(std::make_unique<Named>(name));
    const Time when(1s + Duration(random() % 100));
    wheel.add(*all.back(), when);
    expected.emplace(when, name);
  }
  for (const auto& [when, name] : expected) ASSERT_EQ(takeName(wheel, Time(2s)), name);
}

TEST(TimerWheel, movesManyInSteps) {
  TimerWheel wheel;
  std::vector<std::unique_ptr<Named>> all;
  for (int name = 0; name < 1'000; ++name) {
    all.push_back(std::make_unique<Named>(name));
    wheel.add(*all.back(), Time(1h + Duration(name)));
  }
  EXPECT_EQ(wheel.takeDue(Time(2h)), nullptr);
  ASSERT_TRUE(wheel.isMoving());
  EXPECT_EQ(wheel.next(), Time(1h));
  // Meanwhile others come and go, of those that move as well.
  Named early(-2);
  wheel.add(early, Time(1s));
  wheel.remove(*all[500]);
  wheel.remove(*all[1]);
  EXPECT_EQ(takeName(wheel, Time(2h)), -2);
  for (int name = 0; name < 1'000; ++name) {
    if (name != 1 && name != 500) ASSERT_EQ(takeName(wheel, Time(2h)), name);
  }
  EXPECT_EQ(wheel.next(), never);
}

TEST(TimerWheel, seesWhatIsAddedWhileLaterOnesMove) {
  TimerWheel wheel;
  const Time begin(Duration(std::int64_t{1} << 50));  // of a slot of several levels
  Named before(-2);
  wheel.add(before, begin - 1us);
  wheel.comeTo(begin - 2us);
  std::vector<std::unique_ptr<Named>> later;
  for (int name = 0; name < 1'000; ++name) {
    later.push_back(std::make_unique<Named>(name));
    wheel.add(*later.back(), begin + 10s);
  }
  ASSERT_EQ(takeName(wheel, begin - 1us), -2);
  EXPECT_EQ(wheel.takeDue(begin + 1us), nullptr);
  ASSERT_TRUE(wheel.isMoving());
  Named added(-3);
  Named now(-4);
  wheel.add(added, begin + 5ms);
  EXPECT_LE(wheel.next(), begin + 5ms);
  wheel.add(now, begin + 1us);
  EXPECT_LE(wheel.next(), begin + 1us);
  EXPECT_EQ(takeName(wheel, begin + 1us), -4);
  EXPECT_LE(wheel.next(), begin + 5ms);
  EXPECT_EQ(takeName(wheel, begin + 5ms), -3);
  for (int name = 0; name < 1'000; ++name) ASSERT_EQ(takeName(wheel, begin + 10s), name);
}

TEST(TimerWheel, firesWhatIsDueBeforeAllHaveMoved) {
  TimerWheel wheel;
  const Time begin(Duration(std::int64_t{1} << 50));
  wheel.comeTo(begin - 1us);
  std::vector<std::unique_ptr<Named>> later;
  for (int name = 0; name < 1'000; ++name) {
    later.push_back(std::make_unique<Named>(name));
    wheel.add(*later.back(), begin + 10s);
  }
  EXPECT_EQ(wheel.takeDue(begin + 9s), nullptr);
  ASSERT_TRUE(wheel.isMoving());
  Named due(-2);
  wheel.add(due, begin - 1s);
  EXPECT_EQ(wheel.takeDue(begin + 9s), &due);
  EXPECT_TRUE(wheel.isMoving());
  for (const auto& timer : later) wheel.remove(*timer);
  EXPECT_EQ(takeDue(wheel, begin + 1h), nullptr);
  EXPECT_EQ(wheel.next(), never);
}

TEST(TimerWheel, sortsThoseOfTheFirstTickOfASlotAtOnce) {
  TimerWheel wheel;
  std::minstd_rand random(1);
  const Time begin(Duration(std::int64_t{1} << 50));
  std::vector<std::unique_ptr<Named>> all;
  std::multimap<Time, int> expected;
  for (int name = 0; name < 3'000; ++name) {
    all.push_back(std::make_unique<Named>(name));
    const Time when = begin + Duration(random() % 100);
    wheel.add(*all.back(), when);
    expected.emplace(when, name);
  }
  for (const auto& [when, name] : expected) ASSERT_EQ(takeName(wheel, begin + 1s), name);
}

TEST(TimerWheel, takesTimesBeforeTheFirstAndUpToTheLast) {
  TimerWheel wheel;
  Named past(1);
  Named last(2);
  wheel.add(last, Time::max());
  wheel.add(past, Time::min());
  EXPECT_EQ(takeName(wheel, Time(0s)), 1);
  EXPECT_EQ(takeDue(wheel, Time(24h * 90'000)), nullptr);
  EXPECT_EQ(takeName(wheel, Time::max()), 2);
}

TEST(TimerWheel, keepsWhatIsEarlierThanWhereItHasComeTo) {
  TimerWheel wheel;
  Named far(1);
  Named near(2);
  wheel.add(far, Time(1h));
  wheel.comeTo(Time(2h));  // never past what is due
  wheel.add(near, Time(30min));
  EXPECT_EQ(wheel.next(), Time(30min));
  EXPECT_EQ(takeName(wheel, Time(2h)), 2);
  EXPECT_EQ(takeName(wheel, Time(2h)), 1);
}

}  // namespace
}  // namespace troop
