// How a spare takes over from a carrier that is stuck, and goes again, as a model of what stands in
// sched/stand-ins.h, machine/watchdog.h and sched/work-stealing.h: a carrier, a spare, the
// watchdog, and somebody who queues from outside. The last but one of what is queued ends only once
// the last has run, so that it takes two who run something: when nobody notices that, or a spare
// stays that is not needed, somebody waits for ever.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/testing/model.h"

namespace troop {
namespace {

using tests::flaw;
using tests::ModelAtomic;
using tests::modelCheck;
using tests::ModelCondition;
using tests::ModelMutex;

// Which step is left out, to see that the model would notice.
enum class Missing : unsigned char {
  nothing,
  wakingTheWatchdog,     // by who wakes the last one that sleeps
  lookingOnceMore,       // before the watchdog sleeps
  wakingTheSpare,        // where it is too many and sleeps
  dismissingWhoRetires,  // where it was taken for stuck on its way
};

// What becomes of the carrier: after the first thing it sleeps, or it retires.
enum class Then : unsigned char { stays, sleepsFirst, retires };

template <Then then, Missing missing = Missing::nothing>
struct StandIn : rl::test_suite<StandIn<then, missing>, 4> {
  static constexpr auto relaxed = std::memory_order_relaxed;
  static constexpr bool retires = then == Then::retires;
  static constexpr int items = retires ? 2 : 3;

  enum class State : unsigned char { awake, asleep, gone };  // gone: a spare that rests, too

  struct Carrier {
    State state = State::asleep;  // protected by sleepMutex
    bool searching = false;       // of its thread, and who wakes it under sleepMutex
    ModelAtomic<bool> serves{false};
    ModelAtomic<int> slices{0};
    ModelAtomic<bool> replaced{false};  // changed under sleepMutex
    ModelCondition wakeUp;
  };

  Carrier carrier, spare;
  ModelMutex queueMutex;
  ModelAtomic<int> queued{0};  // changed under queueMutex
  ModelMutex sleepMutex;
  ModelAtomic<int> sleeping{1};
  ModelAtomic<int> searching{0};
  ModelAtomic<int> sparesTooMany{0};  // changed under sleepMutex
  ModelAtomic<int> sparesWaking{0};   // as that
  ModelAtomic<bool> carrierIsTooMany{false};
  ModelAtomic<bool> stopping{false};
  int sparesAtWork = 0;  // protected by sleepMutex
  ModelCondition somebodyWent;
  ModelMutex watchMutex;
  ModelAtomic<bool> watchdogIsAwake{false};  // changed under watchMutex
  ModelCondition watchdogWoken;
  int seenSlices = -1;  // of the watchdog
  ModelMutex begunMutex;
  ModelCondition allBegun;
  ModelAtomic<int> begun{0};  // changed under begunMutex

  void before() { spare.state = State::gone; }

  void thread(unsigned index) {
    if (index == 2) return watch();
    if (index == 3) return queueAll();
    Carrier& self = index == 0 ? carrier : spare;
    while (awaitNeed(self)) work(self);
  }

  void after() {
    modelCheck(sparesAtWork == (carrier.replaced.load() ? 1 : 0) + sparesTooMany.load());
    modelCheck(sparesAtWork == 0);
  }

  void queueAll() {
    for (int item = 0; item < items; ++item) {
      queueMutex.lock();
      queued.fetch_add(1);
      queueMutex.unlock();
      wakeForQueued();
      if (then == Then::sleepsFirst && item == 0) awaitSleep();
    }
    sleepMutex.lock();
    if (retires) {
      carrierIsTooMany.store(true);
      dismissLocked(carrier);
      if (carrier.state == State::asleep) wakeLocked(carrier);
    }
    while (!isSettledLocked()) somebodyWent.wait(sleepMutex);
    sleepMutex.unlock();
    stop();
  }

  void awaitSleep() {
    sleepMutex.lock();
    while (begun.load() == 0 || carrier.state != State::asleep) somebodyWent.wait(sleepMutex);
    sleepMutex.unlock();
  }

  bool isSettledLocked() const {
    const bool isOver = retires ? carrier.state == State::gone : begun.load() == items;
    return isOver && spare.state == State::gone;
  }

  void stop() {
    sleepMutex.lock();
    stopping.store(true);
    carrier.state = State::awake;
    carrier.wakeUp.notifyOne();
    spare.wakeUp.notifyOne();
    sleepMutex.unlock();
    watchMutex.lock();
    watchdogWoken.notifyOne();
    watchMutex.unlock();
  }

  // What a carrier does, or a spare at work.
  void work(Carrier& self) {
    while (!stopping.load()) {
      if (isTooMany(self) && retire(self)) return;
      if (take()) {
        if (self.searching) stopSearching(self);
        runOne(self);
        continue;
      }
      if (!self.searching) {
        self.serves.store(false, relaxed);
        self.searching = true;
        searching.fetch_add(1);
      }
      if (queued.load() == 0) sleep(self);
    }
  }

  bool take() {
    if (queued.load() == 0) return false;
    queueMutex.lock();
    const bool found = queued.load() > 0;
    if (found) queued.fetch_sub(1);
    queueMutex.unlock();
    return found;
  }

  void runOne(Carrier& self) {
    self.serves.store(true);
    begunMutex.lock();
    const int number = begun.fetch_add(1) + 1;
    allBegun.notifyAll();
    while (!retires && number == items - 1 && begun.load() < items) allBegun.wait(begunMutex);
    begunMutex.unlock();
    self.slices.store(self.slices.load(relaxed) + 1, relaxed);
    if (!self.replaced.load(relaxed)) return;
    sleepMutex.lock();
    dismissLocked(self);
    sleepMutex.unlock();
  }

  void stopSearching(Carrier& self) {
    self.searching = false;
    searching.fetch_sub(1);
    if (queued.load() > 0 && sleeping.load() > 0) wakeOneSleeper();
  }

  void sleep(Carrier& self) {
    sleepMutex.lock();
    if (isTooMany(self)) return sleepMutex.unlock();
    dismissLocked(self);
    self.searching = false;
    searching.fetch_sub(1);
    self.state = State::asleep;
    sleeping.fetch_add(1);
    if (queued.load() > 0 || stopping.load()) wakeLocked(self);
    somebodyWent.notifyAll();
    while (self.state == State::asleep) self.wakeUp.wait(sleepMutex);
    sleepMutex.unlock();
  }

  bool isTooMany(const Carrier& self) const {
    return &self == &spare ? sparesTooMany.load() > sparesWaking.load() : carrierIsTooMany.load();
  }

  bool retire(Carrier& self) {
    sleepMutex.lock();
    if (!isTooMany(self)) {
      sleepMutex.unlock();
      return false;
    }
    if (missing != Missing::dismissingWhoRetires) dismissLocked(self);
    if (&self == &spare) {
      sparesTooMany.fetch_sub(1);
      --sparesAtWork;
    }
    self.state = State::gone;
    self.serves.store(false, relaxed);
    if (self.searching) {
      self.searching = false;
      searching.fetch_sub(1);
    }
    if (searching.load() == 0 && queued.load() > 0) wakeSleeperLocked();
    somebodyWent.notifyAll();
    sleepMutex.unlock();
    return true;
  }

  // False: there will be no more need. One that has not started counts as asleep.
  bool awaitNeed(Carrier& self) {
    sleepMutex.lock();
    while (self.state != State::awake && !stopping.load()) self.wakeUp.wait(sleepMutex);
    const bool begins = !stopping.load();
    if (begins && &self == &spare) sparesWaking.fetch_sub(1);
    sleepMutex.unlock();
    return begins;
  }

  void wakeForQueued() {
    if (sleeping.load() > 0 && searching.load() == 0) wakeOneSleeper();
  }
  void wakeOneSleeper() {
    sleepMutex.lock();
    wakeSleeperLocked();
    sleepMutex.unlock();
  }
  void wakeSleeperLocked() {
    if (carrier.state == State::asleep) return wakeLocked(carrier);
    if (spare.state == State::asleep) wakeLocked(spare);
  }
  void wakeLocked(Carrier& sleeper) {
    sleeper.state = State::awake;
    sleeper.searching = true;
    searching.fetch_add(1);
    if (sleeping.fetch_sub(1) == 1) wakeWatchdog();
    sleeper.wakeUp.notifyOne();
  }

  void replaceIfStuck() {
    sleepMutex.lock();
    if (carrier.serves.load() && carrier.slices.load() == seenSlices) replaceLocked();
    sleepMutex.unlock();
  }
  void replaceLocked() {
    if (stopping.load() || carrier.replaced.load()) return;
    if (sparesTooMany.load() > 0) {
      sparesTooMany.fetch_sub(1);
    } else {
      if (spare.state != State::gone) return;
      spare.state = State::awake;
      spare.searching = true;
      searching.fetch_add(1);
      ++sparesAtWork;
      sparesWaking.fetch_add(1);
      spare.wakeUp.notifyOne();
    }
    carrier.replaced.store(true);
  }
  void dismissLocked(Carrier& self) {
    if (!self.replaced.load()) return;
    self.replaced.store(false);
    sparesTooMany.fetch_add(1);
    if (missing == Missing::wakingTheSpare) return;
    if (spare.state == State::asleep) wakeLocked(spare);
  }

  void wakeWatchdog() {
    if (missing == Missing::wakingTheWatchdog || watchdogIsAwake.load()) return;
    watchMutex.lock();
    watchdogIsAwake.store(true);
    watchdogWoken.notifyOne();
    watchMutex.unlock();
  }

  void watch() {
    watchMutex.lock();
    while (!stopping.load()) {
      while (!watchdogIsAwake.load() && !stopping.load()) watchdogWoken.wait(watchMutex);
      watchMutex.unlock();
      const bool again = look();
      watchMutex.lock();
      if (again) continue;  // its time passes at once
      watchdogIsAwake.store(false);
      watchMutex.unlock();
      const bool onceMore = missing != Missing::lookingOnceMore && look();
      watchMutex.lock();
      if (onceMore) watchdogIsAwake.store(true);
    }
    watchMutex.unlock();
  }

  // Whether it looks again soon.
  bool look() {
    const bool isNeeded =
        sleeping.load() == 0 && searching.load() <= sparesWaking.load() && queued.load() > 0;
    if (!carrier.serves.load()) {
      seenSlices = -1;
    } else {
      const int slices = carrier.slices.load();
      const bool isStuck = slices == seenSlices;
      seenSlices = slices;
      if (isStuck && isNeeded) replaceIfStuck();
    }
    return sleeping.load() == 0;
  }
};

TEST(StandInModel, whatNeedsASpareGetsOneWhichGoesAgain) {
  EXPECT_EQ(flaw<StandIn<Then::stays>>(), "");
  EXPECT_EQ(flaw<StandIn<Then::sleepsFirst>>(), "");
}

TEST(StandInModel, spareOfACarrierThatRetiresGoesAsWell) {
  EXPECT_EQ(flaw<StandIn<Then::retires>>(), "");
}

TEST(StandInModel, eachStepIsNeeded) {
  const auto deadlock = testing::HasSubstr("DEADLOCK");
  EXPECT_THAT((flaw<StandIn<Then::stays, Missing::wakingTheWatchdog>>()), deadlock);
  EXPECT_THAT((flaw<StandIn<Then::sleepsFirst, Missing::lookingOnceMore>>()), deadlock);
  EXPECT_THAT((flaw<StandIn<Then::stays, Missing::wakingTheSpare>>()), deadlock);
  EXPECT_THAT((flaw<StandIn<Then::retires, Missing::dismissingWhoRetires>>()), deadlock);
}

}  // namespace
}  // namespace troop
