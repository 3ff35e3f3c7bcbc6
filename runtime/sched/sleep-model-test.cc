// How carriers go to sleep and are woken, as a model of what stands in sched/work-stealing.h: its
// invariants 1 to 4, on the same atomics and locks, with two carriers and somebody who queues from
// outside, or with three. What runs needs the rest to run, so that each takes a carrier of its own:
// when a wake-up gets lost, a carrier sleeps for ever beside something queued, or beside something
// handed over.
//
// A second model is of the keeper, who sleeps outside: whatever each carrier does, while one sleeps
// there is one who hears of the world outside, and never more than one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/testing/model.h"

namespace troop {
namespace {

using tests::flaw;
using tests::ModelAtomic;
using tests::ModelCondition;
using tests::ModelMutex;

// Which step is left out, or out of order, to see that the model would notice.
enum class Missing : unsigned char {
  nothing,
  publishing,
  lookAfterTaking,
  lookBeforeSleep,
  lookAfterSearch,
  serving,
  lookAfterHandOver,
  watchBeforeSleep,
  watchAfterSearch,
  clearingWhileSearching,
};

// Where what follows the first thing comes from.
enum class Then : unsigned char {
  queuedByTheFirst,
  queuedAtSliceEnd,  // of the carrier that ran the first
  queuedFromOutside,
  handedOver,
  both,
};

template <Then then, Missing missing = Missing::nothing>
struct Carriers : rl::test_suite<Carriers<then, missing>, 3> {
  static constexpr auto seqCst = std::memory_order_seq_cst;
  static constexpr auto relaxed = std::memory_order_relaxed;
  // The third thread is the outside, and with two things to follow a carrier afterwards.
  static constexpr int carriersCount = then == Then::both ? 3 : 2;
  static constexpr bool hasThree = then == Then::both || then == Then::queuedAtSliceEnd;
  static constexpr int items = hasThree ? 3 : 2;
  // A watcher would find what is queued as well, in time.
  static constexpr bool hasWatcher = then != Then::queuedAtSliceEnd;

  static constexpr bool watchesBeforeSleep = hasWatcher && missing != Missing::watchBeforeSleep;
  static constexpr bool watchesAfterSearch = hasWatcher && missing != Missing::watchAfterSearch;

  struct Carrier {
    ModelMutex mutex;
    int ready = 0;                        // protected by mutex
    ModelAtomic<int> least{0};            // ready, published
    ModelAtomic<bool> handedOver{false};  // by what it runs
    ModelAtomic<bool> serves{false};
    bool searching = false;  // of its thread, and who wakes it under sleepMutex
    bool asleep = false;     // protected by sleepMutex
    ModelCondition wakeUp;
  };

  Carrier carriers[carriersCount];
  ModelAtomic<int> sleeping{0};
  ModelAtomic<int> searching{0};
  ModelAtomic<bool> watched{false};
  ModelAtomic<bool> stopping{false};
  ModelMutex sleepMutex;
  ModelMutex begunMutex;
  ModelCondition allBegun;
  int begun = 0;  // protected by begunMutex

  void thread(unsigned index) {
    if (index == 2) {
      enqueue(carriers[0]);
      if (then == Then::queuedFromOutside) enqueue(carriers[0]);
      if (carriersCount == 2) return;
    }
    Carrier& carrier = carriers[index];
    while (next(carrier)) runOne(carrier);
  }

  void runOne(Carrier& carrier) {
    // Invariant 4.
    carrier.serves.store(true, missing == Missing::serving ? relaxed : seqCst);
    begunMutex.lock();
    const bool first = ++begun == 1;
    allBegun.notifyAll();
    begunMutex.unlock();
    if (first && then == Then::queuedAtSliceEnd) {
      push(carrier);
      push(carrier);
      return;
    }
    if (first && (then == Then::queuedByTheFirst || then == Then::both)) enqueue(carrier);
    if (first && (then == Then::handedOver || then == Then::both)) handOver(carrier);
    begunMutex.lock();
    while (begun < items) allBegun.wait(begunMutex);
    begunMutex.unlock();
    stop();
  }

  void enqueue(Carrier& carrier) {
    push(carrier);
    wakeForQueued();
  }

  void push(Carrier& carrier) {
    carrier.mutex.lock();
    ++carrier.ready;
    // Invariant 1: publishes, then reads.
    carrier.least.store(carrier.ready, missing == Missing::publishing ? relaxed : seqCst);
    carrier.mutex.unlock();
  }

  void wakeForQueued() {
    if (sleeping.load() > 0 && searching.load() == 0) wakeOneSleeper();
  }

  void handOver(Carrier& carrier) {
    carrier.handedOver.store(true, std::memory_order_release);
    // Invariant 4: it serves, then reads.
    if (missing == Missing::lookAfterHandOver) return;
    if (sleeping.load() > 0 && searching.load() == 0 && !watched.load()) wakeOneSleeper();
  }

  bool next(Carrier& carrier) {
    while (!stopping.load()) {
      if (takeQueued()) return begin(carrier);
      if (!carrier.searching) {
        carrier.serves.store(false, relaxed);
        carrier.searching = true;
        searching.fetch_add(1);
      }
      if (anythingQueued()) continue;
      if (takeHandedOver(carrier)) return begin(carrier);
      sleep(carrier);
    }
    return false;
  }

  bool begin(Carrier& carrier) {
    if (carrier.searching) {
      stopSearching(carrier);
    } else if (missing != Missing::lookAfterTaking && carrier.least.load() != 0) {
      wakeForQueued();
    }
    return true;
  }

  bool takeQueued() {
    for (Carrier& from : carriers) {
      if (from.least.load() == 0) continue;
      from.mutex.lock();
      const bool found = from.ready > 0;
      if (found) from.least.store(--from.ready);
      from.mutex.unlock();
      if (found) return true;
    }
    return false;
  }

  bool takeHandedOver(const Carrier& carrier) {
    for (Carrier& from : carriers) {
      if (&from == &carrier || !from.handedOver.load()) continue;
      bool there = true;
      if (from.handedOver.compare_exchange_strong(there, false)) return true;
    }
    return false;
  }

  void stopSearching(Carrier& carrier) {
    carrier.searching = false;
    searching.fetch_sub(1);
    // Invariants 3 and 4.
    const bool toQueue = missing != Missing::lookAfterSearch && anythingQueued();
    if (sleeping.load() > 0 &&
        (toQueue || (watchesAfterSearch && !watched.load() && anyServes()))) {
      wakeOneSleeper();
    }
    if (missing == Missing::clearingWhileSearching) watched.store(false);
  }

  void sleep(Carrier& carrier) {
    sleepMutex.lock();
    carrier.searching = false;
    searching.fetch_sub(1);
    carrier.asleep = true;
    sleeping.fetch_add(1);
    // Invariant 2.
    if (missing != Missing::lookBeforeSleep && (anythingQueued() || stopping.load())) {
      wakeLocked(carrier);
    }
    // Invariant 4. Its time passes at once.
    const bool watches = watchesBeforeSleep && carrier.asleep && !watched.load() && anyServes();
    if (watches) {
      watched.store(true);
      sleepMutex.unlock();
      sleepMutex.lock();
      if (carrier.asleep) wakeLocked(carrier);
      if (missing != Missing::clearingWhileSearching) watched.store(false);
    }
    while (carrier.asleep) carrier.wakeUp.wait(sleepMutex);
    sleepMutex.unlock();
  }

  void wakeOneSleeper() {
    sleepMutex.lock();
    for (Carrier& carrier : carriers) {
      if (!carrier.asleep) continue;
      wakeLocked(carrier);
      break;
    }
    sleepMutex.unlock();
  }

  void wakeLocked(Carrier& carrier) {
    carrier.asleep = false;
    carrier.searching = true;
    searching.fetch_add(1);
    sleeping.fetch_sub(1);
    carrier.wakeUp.notifyOne();
  }

  void stop() {
    sleepMutex.lock();
    stopping.store(true);
    for (Carrier& carrier : carriers) {
      if (carrier.asleep) wakeLocked(carrier);
    }
    sleepMutex.unlock();
  }

  bool anythingQueued() const {
    for (const Carrier& carrier : carriers) {
      if (carrier.least.load() != 0) return true;
    }
    return false;
  }
  bool anyServes() const {
    for (const Carrier& carrier : carriers) {
      if (carrier.serves.load()) return true;
    }
    return false;
  }
};

// Where the first of two things comes from; the second one comes from outside once the first has
// begun, which takes its carrier until both have.
enum class First : unsigned char { fromOutside, calledByATimer };

enum class KeeperMissing : unsigned char {
  nothing,
  handingOn,
  handingOnBeforeAFunction,
  rousingTheNext,
  keepingWhereNobodyDoes,
  beingTheOnlyOne,
};

template <First first, KeeperMissing missing = KeeperMissing::nothing>
struct Keepers : rl::test_suite<Keepers<first, missing>, 3> {
  static constexpr int items = 2;

  struct Carrier {
    bool searching = false;  // of its thread, and who wakes it under sleepMutex
    bool asleep = false;     // these two protected by sleepMutex
    bool outside = false;
    ModelCondition wakeUp;
  };

  Carrier carriers[2];
  ModelAtomic<int> ready{0};
  ModelAtomic<int> sleeping{0};
  ModelAtomic<int> searching{0};
  ModelAtomic<bool> due{false};
  ModelAtomic<bool> stopping{false};
  ModelMutex sleepMutex;
  Carrier* keeper = nullptr;  // protected by sleepMutex

  ModelMutex worldMutex;
  ModelCondition happens;
  int news = 0;           // protected by worldMutex, as the next two
  bool woken = false;     // as an eventfd is
  bool occupied = false;  // somebody sleeps there

  ModelMutex begunMutex;
  ModelCondition begins;
  int begun = 0;  // protected by begunMutex

  void thread(unsigned index) {
    if (index < 2) return run(carriers[index]);
    if (first == First::fromOutside) {
      bringNews();
    } else {
      due.store(true);
      sleepMutex.lock();
      if (keeper != nullptr && keeper->asleep) rouse(*keeper);
      sleepMutex.unlock();
    }
    begunMutex.lock();
    while (begun < 1) begins.wait(begunMutex);
    begunMutex.unlock();
    bringNews();
  }

  void bringNews() {
    worldMutex.lock();
    ++news;
    happens.notifyAll();
    worldMutex.unlock();
  }

  void run(Carrier& carrier) {
    while (!stopping.load()) {
      if (due.exchange(false)) {
        if (missing != KeeperMissing::handingOnBeforeAFunction) handOn(carrier);
        begin();
      }
      if (take()) {
        if (carrier.searching) stopSearching(carrier);
        begin();
        continue;
      }
      if (!carrier.searching) {
        carrier.searching = true;
        searching.fetch_add(1);
      }
      if (look() || anythingToDo()) continue;
      sleep(carrier);
    }
  }

  void begin() {
    begunMutex.lock();
    ++begun;
    begins.notifyAll();
    while (begun < items) begins.wait(begunMutex);
    begunMutex.unlock();
    sleepMutex.lock();
    stopping.store(true);
    for (Carrier& carrier : carriers) {
      if (carrier.asleep) wakeLocked(carrier);
    }
    sleepMutex.unlock();
  }

  bool take() {
    int there = ready.load();
    return there > 0 && ready.compare_exchange_strong(there, there - 1);
  }
  bool anythingToDo() { return ready.load() > 0 || due.load() || stopping.load(); }

  void enqueue() {
    ready.fetch_add(1);
    if (sleeping.load() > 0 && searching.load() == 0) wakeOneSleeper();
  }

  bool look() {
    worldMutex.lock();
    const int told = occupied ? 0 : news;
    news -= told;
    worldMutex.unlock();
    for (int i = 0; i < told; ++i) enqueue();
    return told > 0;
  }

  void stopSearching(Carrier& carrier) {
    carrier.searching = false;
    searching.fetch_sub(1);
    if (missing != KeeperMissing::handingOn) handOn(carrier);
    if (sleeping.load() > 0 && ready.load() > 0) wakeOneSleeper();
  }

  void handOn(Carrier& carrier) {
    sleepMutex.lock();
    if (keeper == &carrier) {
      keeper = sleeperLocked();
      if (keeper != nullptr && missing != KeeperMissing::rousingTheNext) rouse(*keeper);
    }
    sleepMutex.unlock();
  }

  void sleep(Carrier& carrier) {
    sleepMutex.lock();
    carrier.searching = false;
    searching.fetch_sub(1);
    carrier.asleep = true;
    sleeping.fetch_add(1);
    if (keeper == nullptr && missing != KeeperMissing::keepingWhereNobodyDoes) keeper = &carrier;
    if (anythingToDo()) wakeLocked(carrier);
    while (carrier.asleep) {
      if (keeper == &carrier || missing == KeeperMissing::beingTheOnlyOne) {
        carrier.outside = true;
        sleepMutex.unlock();
        sleepOutside(carrier);
        sleepMutex.lock();
        carrier.outside = false;
        if (carrier.asleep && due.load()) wakeLocked(carrier);
      } else {
        carrier.wakeUp.wait(sleepMutex);
      }
    }
    sleepMutex.unlock();
  }

  void sleepOutside(Carrier& carrier) {
    worldMutex.lock();
    tests::modelCheck(!occupied);
    occupied = true;
    while (!woken && news == 0) happens.wait(worldMutex);
    woken = false;
    const int told = news;
    news = 0;
    worldMutex.unlock();
    if (told > 0) {
      sleepMutex.lock();
      carrier.outside = false;
      if (carrier.asleep) wakeLocked(carrier);
      sleepMutex.unlock();
      for (int i = 0; i < told; ++i) enqueue();
    }
    worldMutex.lock();
    occupied = false;
    worldMutex.unlock();
  }

  Carrier* sleeperLocked() {
    Carrier* last = nullptr;
    for (Carrier& carrier : carriers) {
      if (!carrier.asleep) continue;
      if (&carrier != keeper) return &carrier;
      last = &carrier;
    }
    return last;
  }

  void wakeOneSleeper() {
    sleepMutex.lock();
    if (Carrier* sleeper = sleeperLocked()) wakeLocked(*sleeper);
    sleepMutex.unlock();
  }

  void wakeLocked(Carrier& carrier) {
    carrier.asleep = false;
    carrier.searching = true;
    searching.fetch_add(1);
    sleeping.fetch_sub(1);
    rouse(carrier);
  }

  void rouse(Carrier& carrier) {
    if (!carrier.outside) return carrier.wakeUp.notifyOne();
    worldMutex.lock();
    woken = true;
    happens.notifyAll();
    worldMutex.unlock();
  }
};

TEST(SleepModel, oneWhoSleepsHearsOfTheWorldOutside) {
  EXPECT_EQ(flaw<Keepers<First::fromOutside>>(), "");
  EXPECT_EQ(flaw<Keepers<First::calledByATimer>>(), "");
}

TEST(SleepModel, eachStepOfTheKeeperIsNeeded) {
  constexpr First outside = First::fromOutside;
  constexpr First timer = First::calledByATimer;
  const auto deadlock = testing::HasSubstr("DEADLOCK");
  EXPECT_THAT((flaw<Keepers<outside, KeeperMissing::handingOn>>()), deadlock);
  EXPECT_THAT((flaw<Keepers<timer, KeeperMissing::handingOnBeforeAFunction>>()), deadlock);
  EXPECT_THAT((flaw<Keepers<outside, KeeperMissing::rousingTheNext>>()), deadlock);
  EXPECT_THAT((flaw<Keepers<outside, KeeperMissing::keepingWhereNobodyDoes>>()), deadlock);
  EXPECT_THAT((flaw<Keepers<outside, KeeperMissing::beingTheOnlyOne>>()),
              testing::HasSubstr("ASSERT"));
}

TEST(SleepModel, nobodySleepsBesideSomethingQueued) {
  EXPECT_EQ(flaw<Carriers<Then::queuedByTheFirst>>(), "");
  EXPECT_EQ(flaw<Carriers<Then::queuedAtSliceEnd>>(), "");
  EXPECT_EQ(flaw<Carriers<Then::queuedFromOutside>>(), "");
}

TEST(SleepModel, nobodySleepsBesideSomethingHandedOver) {
  EXPECT_EQ(flaw<Carriers<Then::handedOver>>(), "");
  EXPECT_EQ(flaw<Carriers<Then::both>>(), "");
}

TEST(SleepModel, eachInvariantIsNeeded) {
  const auto deadlock = testing::HasSubstr("DEADLOCK");
  EXPECT_THAT((flaw<Carriers<Then::queuedByTheFirst, Missing::publishing>>()), deadlock);
  EXPECT_THAT((flaw<Carriers<Then::queuedAtSliceEnd, Missing::lookAfterTaking>>()), deadlock);
  EXPECT_THAT((flaw<Carriers<Then::queuedByTheFirst, Missing::lookBeforeSleep>>()), deadlock);
  EXPECT_THAT((flaw<Carriers<Then::queuedFromOutside, Missing::lookAfterSearch>>()), deadlock);
  EXPECT_THAT((flaw<Carriers<Then::handedOver, Missing::serving>>()), deadlock);
  EXPECT_THAT((flaw<Carriers<Then::handedOver, Missing::lookAfterHandOver>>()), deadlock);
  EXPECT_THAT((flaw<Carriers<Then::handedOver, Missing::watchBeforeSleep>>()), deadlock);
  EXPECT_THAT((flaw<Carriers<Then::both, Missing::watchAfterSearch>>()), deadlock);
  EXPECT_THAT((flaw<Carriers<Then::both, Missing::clearingWhileSearching>>()), deadlock);
}

}  // namespace
}  // namespace troop
