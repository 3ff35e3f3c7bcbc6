#include "runtime/sim/driven-process.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <vector>

#include "runtime/sched/current.h"
#include "runtime/task.h"

namespace troop::sim {
namespace {

TEST(DrivenProcess, timeIsTheWorkThatWasDone) {
  DrivenProcess process(1);
  process->run([&] {
    const Time begun = now();
    yield();
    EXPECT_EQ(now(), begun);
    process.work(3ms);
    EXPECT_EQ(now(), begun + 3ms);
  });
}

TEST(DrivenProcess, slicesCostWhatTheirTasksHaveWorked) {
  DrivenProcess process(1);
  const Ref<Troop> troop = process->troop({.name = "worker"});
  const Ref<Thread> worker = troop->thread(
      {"worker"}, [](DrivenProcess* driven) { driven->work(5ms); }, assumeSendable(&process));
  EXPECT_TRUE(worker->join());
  process->run([] {});  // its slice is charged before another one begins
  EXPECT_EQ(troop->cpuUsed(), 5ms);
}

// What three Threads did, which are always ready.
struct Steps {
  DrivenProcess process{2};
  std::array<std::atomic<Duration::rep>, 2> worked{};  // by each carrier
  std::atomic<Duration::rep> mostAhead{0};
  std::atomic<int> unitsLeft{2'000};
};

void stepOn(Steps* steps) {
  constexpr Duration unit = 100us;
  while (steps->unitsLeft.fetch_sub(1) > 0) {
    steps->process.work(unit);
    const unsigned carrier = current()->carrier;
    const Duration::rep own = steps->worked[carrier] += unit.count();
    const Duration::rep ahead = own - steps->worked[1 - carrier];
    // While units are left nobody goes on alone.
    if (steps->unitsLeft > 0 && ahead > steps->mostAhead) steps->mostAhead = ahead;
    yield();
  }
  steps->process.goOnAlone();
}

TEST(DrivenProcess, carriersKeepInStep) {
  Steps steps;
  std::vector<Ref<Thread>> threads;
  for (int i = 0; i < 3; ++i) {
    threads.push_back(steps.process->root().thread({"steps"}, &stepOn, assumeSendable(&steps)));
  }
  for (const Ref<Thread>& thread : threads) EXPECT_TRUE(thread->join());
  // The other one may have worked a unit more than it has said.
  EXPECT_LE(Duration(steps.mostAhead), DrivenProcess::stepMax + 100us);
  EXPECT_NEAR(static_cast<double>(steps.worked[0]), 100e6, 10e6);
  EXPECT_NEAR(static_cast<double>(steps.worked[1]), 100e6, 10e6);
}

}  // namespace
}  // namespace troop::sim
