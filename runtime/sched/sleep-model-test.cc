// How carriers go to sleep and are woken, as a model of what stands in sched/work-stealing.h: its
// invariants 1 to 3, on the same atomics and locks, with two carriers and somebody who queues from
// outside. The two things queued need each other, so that one carrier is not enough for both: when
// a wake-up gets lost, a carrier sleeps for ever beside something queued.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/testing/model.h"

namespace troop {
namespace {

using tests::flaw;
using tests::ModelAtomic;
using tests::ModelCondition;
using tests::ModelMutex;

// Which step is left out, to see that the model would notice.
enum class Missing : unsigned char { nothing, publishing, lookBeforeSleep, lookAfterSearch };

// Who queues the second thing.
enum class Second : unsigned char { byTheFirst, fromOutside };

template <Second second, Missing missing = Missing::nothing>
struct Carriers : rl::test_suite<Carriers<second, missing>, 3> {
  static constexpr int items = 2;

  struct Carrier {
    ModelMutex mutex;
    int ready = 0;              // protected by mutex
    ModelAtomic<int> least{0};  // ready, published
    bool searching = false;     // of its thread, and who wakes it under sleepMutex
    bool asleep = false;        // protected by sleepMutex
    ModelCondition wakeUp;
  };

  Carrier carriers[2];
  ModelAtomic<int> sleeping{0};
  ModelAtomic<int> searching{0};
  ModelAtomic<bool> stopping{false};
  ModelMutex sleepMutex;
  ModelMutex begunMutex;
  ModelCondition allBegun;
  int begun = 0;  // protected by begunMutex

  void thread(unsigned index) {
    if (index == 2) {
      enqueue(carriers[0]);
      if (second == Second::fromOutside) enqueue(carriers[0]);
      return;
    }
    Carrier& carrier = carriers[index];
    while (next(carrier, carriers[1 - index])) runOne(carrier);
  }

  void runOne(Carrier& carrier) {
    begunMutex.lock();
    const bool first = ++begun == 1;
    allBegun.notifyAll();
    begunMutex.unlock();
    if (first && second == Second::byTheFirst) enqueue(carrier);
    begunMutex.lock();
    while (begun < items) allBegun.wait(begunMutex);
    begunMutex.unlock();
    stop();
  }

  void enqueue(Carrier& carrier) {
    carrier.mutex.lock();
    ++carrier.ready;
    // Invariant 1: publishes, then reads.
    carrier.least.store(carrier.ready, missing == Missing::publishing ? std::memory_order_relaxed
                                                                      : std::memory_order_seq_cst);
    carrier.mutex.unlock();
    if (sleeping.load() > 0 && searching.load() == 0) wakeOneSleeper();
  }

  bool next(Carrier& carrier, Carrier& other) {
    while (!stopping.load()) {
      if (take(carrier) || take(other)) {
        if (carrier.searching) stopSearching(carrier);
        return true;
      }
      if (!carrier.searching) {
        carrier.searching = true;
        searching.fetch_add(1);
      }
      if (!anythingQueued()) sleep(carrier);
    }
    return false;
  }

  bool take(Carrier& from) {
    if (from.least.load() == 0) return false;
    from.mutex.lock();
    const bool found = from.ready > 0;
    if (found) from.least.store(--from.ready);
    from.mutex.unlock();
    return found;
  }

  void stopSearching(Carrier& carrier) {
    carrier.searching = false;
    searching.fetch_sub(1);
    // Invariant 3.
    if (missing == Missing::lookAfterSearch) return;
    if (sleeping.load() > 0 && anythingQueued()) wakeOneSleeper();
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
    return carriers[0].least.load() != 0 || carriers[1].least.load() != 0;
  }
};

TEST(SleepModel, nobodySleepsBesideSomethingQueued) {
  EXPECT_EQ(flaw<Carriers<Second::byTheFirst>>(), "");
  EXPECT_EQ(flaw<Carriers<Second::fromOutside>>(), "");
}

TEST(SleepModel, eachInvariantIsNeeded) {
  const auto deadlock = testing::HasSubstr("DEADLOCK");
  EXPECT_THAT((flaw<Carriers<Second::byTheFirst, Missing::publishing>>()), deadlock);
  EXPECT_THAT((flaw<Carriers<Second::byTheFirst, Missing::lookBeforeSleep>>()), deadlock);
  EXPECT_THAT((flaw<Carriers<Second::fromOutside, Missing::lookAfterSearch>>()), deadlock);
}

}  // namespace
}  // namespace troop
