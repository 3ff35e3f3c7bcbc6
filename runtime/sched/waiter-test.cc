#include "runtime/sched/waiter.h"

#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <thread>
#include <vector>

#include "runtime/process.h"
#include "runtime/scope.h"
#include "runtime/sim/sweep.h"
#include "runtime/task.h"

namespace troop {
namespace {

// What every primitive does with a WaitList.
class Gate {
 public:
  WaitResult pass(Time deadline, Interruption interruption) {
    std::unique_lock lock(mutex_);
    return waiting_.wait(lock, deadline, interruption, "a gate");
  }
  bool letOnePass() {
    std::lock_guard lock(mutex_);
    return waiting_.signalOne();
  }
  Waiter* holdLast() {
    std::lock_guard lock(mutex_);
    return waiting_.holdLast();
  }
  void letGo(Waiter& held) {
    std::lock_guard lock(mutex_);
    WaitList::letGo(held);
  }
  bool nobodyWaits() {
    std::lock_guard lock(mutex_);
    return waiting_.empty();
  }

 private:
  std::mutex mutex_;
  WaitList waiting_;
};

TROOP_TEST(WaitList, signalsInOrderThoseWhoStillWait) {
  Gate gate;
  std::vector<int> passed;
  Scope scope;
  for (int i = 0; i < 3; ++i) {
    scope.task([&, i] {
      if (gate.pass(i == 1 ? now() : never, Interruption::allowed) == WaitResult::signalled) {
        passed.push_back(i);
      }
    });
    sleep(1ms);
  }
  EXPECT_TRUE(gate.letOnePass());
  sleep(1ms);
  EXPECT_TRUE(gate.letOnePass());
  EXPECT_FALSE(gate.letOnePass());
  scope.join();
  EXPECT_EQ(passed, (std::vector<int>{0, 2}));
  EXPECT_TRUE(gate.nobodyWaits());
}

TROOP_TEST(WaitList, aDeferredWaitIsNeitherCancelledNorTimedOutByTheScope) {
  Gate gate;
  WaitResult result = WaitResult::cancelled;
  std::optional<Error> failure;
  try {
    Scope scope{{.deadline = 5ms}};
    scope.task([&] { result = gate.pass(never, Interruption::deferred); });
    sleep(1ms);
    scope.cancel();
    EXPECT_FALSE(gate.nobodyWaits());
    gate.letOnePass();
  } catch (const Error& error) {
    failure = error;
  }
  EXPECT_EQ(result, WaitResult::signalled);
  EXPECT_FALSE(failure);
}

TROOP_TEST(WaitList, cancellationAndSignalsRaceWithOneWinner) {
  for (int round = 0; round < 20; ++round) {
    Gate gate;
    std::atomic<int> signalled{0}, others{0};
    int given = 0;
    {
      Scope scope;
      for (int i = 0; i < 4; ++i) {
        scope.thread(
            [](Gate* at, std::atomic<int>* passes, std::atomic<int>* rest) {
              const WaitResult result = at->pass(after(2us), Interruption::allowed);
              ++(result == WaitResult::signalled ? *passes : *rest);
            },
            assumeSendable(&gate), assumeSendable(&signalled), assumeSendable(&others));
      }
      for (int i = 0; i < 4; ++i) {
        yield();
        if (gate.letOnePass()) ++given;
      }
      scope.cancel();
    }
    EXPECT_EQ(signalled, given);
    EXPECT_LE(signalled + others, 4);
    EXPECT_TRUE(gate.nobodyWaits());
  }
}

TROOP_TEST(WaitList, aWaiterTellsForWhatItWaits) {
  Gate gate;
  Waiter* waiter = nullptr;
  Scope scope;
  scope.task([&] {
    waiter = &Waiter::ofCaller();
    gate.pass(never, Interruption::allowed);
  });
  while (gate.nobodyWaits()) yield();
  EXPECT_STREQ(waiter->what(), "a gate");
  EXPECT_TRUE(waiter->pending());
  gate.letOnePass();
  EXPECT_FALSE(waiter->pending());
}

TEST(WaitList, blocksOsThreadsUntilSignalled) {
  Gate gate;
  for (int round = 0; round < 200; ++round) {
    std::thread osThread(
        [&] { EXPECT_EQ(gate.pass(never, Interruption::allowed), WaitResult::signalled); });
    while (!gate.letOnePass()) std::this_thread::yield();
    osThread.join();
  }
  EXPECT_EQ(gate.pass(now() + 1ms, Interruption::allowed), WaitResult::timedOut);
  EXPECT_TRUE(gate.nobodyWaits());
}

// Whatever passes meanwhile: its deadline, here, unless that was too soon to be held at all.
TROOP_TEST(WaitList, whoIsHeldGoesOnOnlyOnceItIsLetGo) {
  Gate gate;
  Waiter* held = nullptr;
  while (held == nullptr) {
    std::atomic<bool> hasPassed = false;
    const Time deadline = after(20ms);
    Scope scope;
    scope.task([&] {
      gate.pass(deadline, Interruption::allowed);
      hasPassed = true;
    });
    while (gate.nobodyWaits() && !hasPassed) yield();
    held = gate.holdLast();
    if (held == nullptr) continue;
    sleepUntil(deadline + 1ms);
    EXPECT_FALSE(hasPassed);
    gate.letGo(*held);
    scope.join();
    EXPECT_TRUE(hasPassed);
  }
}

TEST(WaitList, anOsThreadThatIsHeldGoesOnOnlyOnceItIsLetGo) {
  Gate gate;
  Waiter* held = nullptr;
  while (held == nullptr) {
    std::atomic<bool> hasPassed = false;
    const Time deadline = now() + 20ms;
    std::jthread osThread([&] {
      gate.pass(deadline, Interruption::allowed);
      hasPassed = true;
    });
    while (gate.nobodyWaits() && !hasPassed) std::this_thread::yield();
    held = gate.holdLast();
    if (held == nullptr) continue;
    std::this_thread::sleep_until(deadline + 1ms);
    EXPECT_FALSE(hasPassed);
    gate.letGo(*held);
  }
}

TEST(WaiterDeathTest, aCarriersOwnCodeDoesNotWait) {
  testing::GTEST_FLAG(death_test_style) = "threadsafe";
  EXPECT_DEATH(
      {
        Process process({.carriers = 1});
        process.at(now(), [] { sleep(1ms); });
        Event().wait();
      },
      "what a carrier runs outside of Tasks does not wait");
}

}  // namespace
}  // namespace troop
