// Shares of troops by counted work: whatever a troop's Threads do, it gets its weight's share of
// the carriers as long as others want theirs.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <optional>
#include <thread>

#include "runtime/base/sanitizers.h"
#include "runtime/channel.h"
#include "runtime/event.h"
#include "runtime/process.h"
#include "runtime/sim/driven-process.h"
#include "runtime/task.h"

namespace troop {
namespace {

constexpr Duration unit = 100us;

// ThreadSanitizer knows at most some 8,000 fibers, and both make each of them much dearer.
constexpr int crowd = underSanitizer ? 1'000 : 10'000;

// Troops whose Threads do units of work until there is none left, all from the same moment.
class Race {
 public:
  explicit Race(unsigned carriers) { process_.emplace(carriers); }

  // A troop and the units that it has done.
  struct Runner {
    Ref<Troop> troop;
    std::atomic<std::int64_t> done{0};
  };

  void enter(Runner& runner, const char* name, unsigned weight) {
    runner.troop = (*process_)->troop({.name = name, .weight = weight});
  }

  // Threads that are always ready.
  void addBusy(Runner& runner, int threads) {
    for (int i = 0; i < threads; ++i) {
      runner.troop->thread(
          {"busy"},
          [](Race* race, Runner* own) {
            race->awaitStart();
            while (race->work(*own)) yield();
          },
          assumeSendable(this), assumeSendable(&runner));
      ++threads_;
    }
  }

  // Two Threads of which one works while the other one waits for it.
  void addPingPong(Runner& runner) {
    auto [there, asked] = channel<int>(1);
    auto [answers, back] = channel<int>(1);
    const auto side = [](Race* race, Runner* own, Sender<int> out, Receiver<int> in, bool serves) {
      race->awaitStart();
      if (serves && !out.send(0)) return;
      while (in.receive() && race->work(*own)) {
        if (!out.send(0)) return;
      }
    };
    runner.troop->thread({"ping"}, side, assumeSendable(this), assumeSendable(&runner), there, back,
                         true);
    runner.troop->thread({"pong"}, side, assumeSendable(this), assumeSendable(&runner), answers,
                         asked, false);
    threads_ += 2;
  }

  // Returns when `units` were done by all together, and all Threads have ended.
  void run(std::int64_t units) {
    while (arrived_.load() < threads_) std::this_thread::yield();
    left_ = units;
    started_ = true;
    over_.wait();
    process_.reset();
  }

 private:
  // All are always ready until the last one is there, so that nobody begins before others.
  void awaitStart() {
    ++arrived_;
    while (!started_.load()) yield();
  }

  // Does a unit; false when there is none left.
  bool work(Runner& runner) {
    if (left_.fetch_sub(1) <= 0) {
      process_->goOnAlone();
      over_.set();
      return false;
    }
    ++runner.done;
    process_->work(unit);
    return true;
  }

  std::optional<sim::DrivenProcess> process_;
  int threads_ = 0;
  std::atomic<int> arrived_{0};
  std::atomic<bool> started_{false};
  std::atomic<std::int64_t> left_{0};
  Event over_;
};

// Under every number of carriers that counts.
class Fairness : public testing::TestWithParam<unsigned> {
 protected:
  static void expectShare(const Race::Runner& runner, double share, std::int64_t units) {
    const double expected = share * static_cast<double>(units);
    EXPECT_NEAR(static_cast<double>(runner.done), expected, 0.1 * expected);
  }
};

TEST_P(Fairness, tenThousandThreadsHaveNoMoreThanOneOfAnotherTroop) {
  constexpr std::int64_t units = 20'000;
  Race race(GetParam());
  Race::Runner many, single;
  race.enter(many, "many", 100);
  race.enter(single, "single", 100);
  race.addBusy(many, crowd);
  race.addBusy(single, 1);
  race.run(units);
  expectShare(many, 0.5, units);
  expectShare(single, 0.5, units);
}

TEST_P(Fairness, aTroopOfThreeTimesTheWeightDoesThreeTimesTheWork) {
  constexpr std::int64_t units = 20'000;
  Race race(GetParam());
  Race::Runner light, heavy;
  race.enter(light, "light", 100);
  race.enter(heavy, "heavy", 300);
  race.addBusy(light, 20);
  race.addBusy(heavy, 4);
  race.run(units);
  expectShare(light, 0.25, units);
  expectShare(heavy, 0.75, units);
}

TEST_P(Fairness, threadsThatWakeEachOtherHaveNoMoreThanTheirTroopsWeight) {
  constexpr std::int64_t units = 20'000;
  Race race(GetParam());
  Race::Runner pair, busy;
  race.enter(pair, "pair", 100);
  race.enter(busy, "busy", 300);
  race.addPingPong(pair);
  race.addBusy(busy, 4);
  race.run(units);
  expectShare(pair, 0.25, units);
  expectShare(busy, 0.75, units);
}

INSTANTIATE_TEST_SUITE_P(OnCarriers, Fairness, testing::Values(1U, 2U),
                         testing::PrintToStringParamName());

}  // namespace
}  // namespace troop
