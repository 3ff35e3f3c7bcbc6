// The word of a Monitor under every schedule and memory order, beside a list as
// runtime/sharing/monitor.cc has one.
#include "runtime/sharing/monitor-word.h"

#include <gtest/gtest.h>

#include "runtime/base/reference-count.h"
#include "runtime/testing/model.h"

namespace troop {
namespace {

using tests::flaw;
using tests::ModelAtomic;
using tests::modelCheck;
using tests::ModelCondition;
using tests::ModelData;
using tests::ModelMutex;

TEST(MonitorWord, letsOneIn) {
  MonitorWord<> word;
  EXPECT_TRUE(word.tryEnter(4));
  EXPECT_TRUE(word.isInside(4));
  EXPECT_FALSE(word.tryEnter(8));
  EXPECT_TRUE(word.tryLeave(4));
  EXPECT_TRUE(word.isFree());
  EXPECT_TRUE(word.tryEnter(8));
  EXPECT_FALSE(word.isInside(4));
}

TEST(MonitorWord, tellsWhoLeavesThatSomebodyWaits) {
  MonitorWord<> word;
  EXPECT_TRUE(word.tryEnter(4));
  EXPECT_FALSE(word.take(8));
  EXPECT_TRUE(word.isInside(4));
  EXPECT_FALSE(word.tryLeave(4));
  word.giveFree();
  EXPECT_FALSE(word.announce());
  EXPECT_TRUE(word.take(8));
  EXPECT_TRUE(word.tryLeave(8));
}

TEST(MonitorWord, keepsAPromisedPlaceFromThoseThatWereNotWoken) {
  MonitorWord<> word;
  EXPECT_TRUE(word.tryEnter(4));
  word.givePromised();
  EXPECT_FALSE(word.isFree());
  EXPECT_FALSE(word.tryEnter(8));
  EXPECT_TRUE(word.announce());
  EXPECT_TRUE(word.take(12));
  EXPECT_TRUE(word.tryLeave(12));
}

TEST(MonitorWord, isOfWhoLetsGoLastOrLeavesLast) {
  MonitorWord<> word;
  EXPECT_TRUE(word.orphan());
  EXPECT_TRUE(word.tryEnter(4));
  EXPECT_TRUE(word.leaveForGood());
  EXPECT_TRUE(word.orphan());
  EXPECT_TRUE(word.tryEnter(4));
  EXPECT_FALSE(word.orphan());
  EXPECT_TRUE(word.isInside(4));
  EXPECT_FALSE(word.tryLeave(4));
  EXPECT_FALSE(word.leaveForGood());
}

// Several enter, leave and let go, one of them inside; those that find somebody inside are listed
// and sleep, as in Entrance. Without `marksUnderTheLock` one looks, and is listed later; without
// `keepsWhatItWakes` who wakes others has no reference meanwhile.
struct AsItIs {
  static constexpr bool marksUnderTheLock = true;
  static constexpr bool keepsWhatItWakes = true;
};
struct MarksBefore : AsItIs {
  static constexpr bool marksUnderTheLock = false;
};
struct KeepsNothing : AsItIs {
  static constexpr bool keepsWhatItWakes = false;
};

template <typename Rules>
struct Visits : rl::test_suite<Visits<Rules>, 3> {
  static constexpr unsigned visitors = 3;
  MonitorWord<ModelAtomic> word;
  ReferenceCount<ModelAtomic> references;
  ModelData<bool> gone;
  ModelMutex mutex;
  ModelCondition wakeUp[visitors];
  bool listed[visitors] = {};  // of mutex, as all below
  bool woken[visitors] = {};
  bool overtaken[visitors] = {};
  bool somebodyWoken = false;
  unsigned starving = 0;
  ModelData<int> value;

  void before() {
    value.set(0);
    gone.set(false);
    for (unsigned i = 1; i < visitors; ++i) references.add();
  }
  void after() {
    modelCheck(value.get() == static_cast<int>(visitors));
    modelCheck(gone.get());
  }

  static MonitorWord<ModelAtomic>::Owner ownerOf(unsigned index) { return 4 * (index + 1); }

  // Before each access to what is destroyed.
  void touch() { modelCheck(!gone.get()); }
  void destroy() {
    touch();
    gone.set(true);
  }

  void thread(unsigned index) {
    const bool letsGoInside = index == 0;
    touch();
    if (!word.tryEnter(ownerOf(index))) enterSlowly(index);
    modelCheck(word.isInside(ownerOf(index)));
    value.set(value.get() + 1);
    if (letsGoInside) drop();
    touch();
    if (!word.tryLeave(ownerOf(index))) leaveMarked();
    if (!letsGoInside) drop();
  }

  void drop() {
    touch();
    if (references.drop() && word.orphan()) destroy();
  }

  void leaveMarked() {
    touch();
    if (!Rules::keepsWhatItWakes || references.tryAdd()) {
      touch();
      mutex.lock();
      givePlace();
      touch();
      mutex.unlock();
      if (Rules::keepsWhatItWakes) drop();
    } else if (!word.leaveForGood()) {
      destroy();
    }
  }

  void enterSlowly(unsigned index) {
    bool looks = Rules::marksUnderTheLock;
    if (!looks && word.take(ownerOf(index))) return;
    mutex.lock();
    bool isStarving = false;
    while (!looks || !takePlace(index)) {
      if (overtaken[index] && !isStarving) {
        isStarving = true;
        ++starving;
      }
      looks = true;
      listed[index] = true;
      woken[index] = false;
      while (!woken[index]) wakeUp[index].wait(mutex);
      overtaken[index] = true;
    }
    overtaken[index] = false;
    if (isStarving) --starving;
    bool others = false;
    for (const bool other : listed) others = others || other;
    if (others && !somebodyWoken && !word.announce()) wakeNext();
    touch();
    mutex.unlock();
  }

  bool takePlace(unsigned index) {
    touch();
    if (!overtaken[index] && somebodyWoken) return word.tryEnter(ownerOf(index));
    if (overtaken[index]) somebodyWoken = false;
    return word.take(ownerOf(index));
  }

  bool wakeNext() {
    somebodyWoken = wakeOne(true) || wakeOne(false);
    return somebodyWoken;
  }
  bool wakeOne(bool ofTheOvertaken) {
    for (unsigned i = 0; i < visitors; ++i) {
      if (!listed[i] || overtaken[i] != ofTheOvertaken) continue;
      listed[i] = false;
      woken[i] = true;
      wakeUp[i].notifyOne();
      return true;
    }
    return false;
  }

  void givePlace() {
    touch();
    if (starving != 0) {
      word.givePromised();
      if (somebodyWoken || wakeNext()) return;
    }
    word.giveFree();
    if (!somebodyWoken) wakeNext();
  }
};

TEST(MonitorWordModel, oneIsInsideAndNobodyIsForgotten) {
  EXPECT_EQ(flaw<Visits<AsItIs>>(), "");
}

TEST(MonitorWordModel, whoMarksBeforeItIsListedIsForgotten) {
  EXPECT_NE(flaw<Visits<MarksBefore>>(), "");
}

TEST(MonitorWordModel, whoWakesOthersWithoutAReferenceFindsTheMonitorGone) {
  EXPECT_NE(flaw<Visits<KeepsNothing>>(), "");
}

}  // namespace
}  // namespace troop
