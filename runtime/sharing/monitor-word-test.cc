// The word of a Monitor under every schedule and memory order, beside a list as
// runtime/sharing/monitor.cc has one.
#include "runtime/sharing/monitor-word.h"

#include <gtest/gtest.h>

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
  EXPECT_TRUE(word.tryLeave());
  EXPECT_TRUE(word.tryEnter(8));
  EXPECT_FALSE(word.isInside(4));
}

TEST(MonitorWord, tellsWhoLeavesThatSomebodyWaits) {
  MonitorWord<> word;
  EXPECT_TRUE(word.tryEnter(4));
  EXPECT_FALSE(word.take(8));
  EXPECT_TRUE(word.isInside(4));
  EXPECT_FALSE(word.tryLeave());
  word.giveFree();
  EXPECT_FALSE(word.announce());
  EXPECT_TRUE(word.take(8));
  EXPECT_TRUE(word.tryLeave());
}

TEST(MonitorWord, keepsAPromisedPlaceFromThoseThatDoNotWait) {
  MonitorWord<> word;
  EXPECT_TRUE(word.tryEnter(4));
  word.givePromised();
  EXPECT_FALSE(word.tryEnter(8));
  EXPECT_TRUE(word.announce());
  EXPECT_TRUE(word.take(12));
  EXPECT_TRUE(word.tryLeave());
}

// Several enter and leave; those that find somebody inside are listed and sleep, as in MonitorCore.
// Without `marksUnderTheLock` one looks, and is listed later.
template <bool marksUnderTheLock>
struct Visits : rl::test_suite<Visits<marksUnderTheLock>, 3> {
  static constexpr unsigned visitors = 3;
  MonitorWord<ModelAtomic> word;
  ModelMutex mutex;
  ModelCondition wakeUp[visitors];
  bool listed[visitors] = {};  // of mutex, as all below
  bool woken[visitors] = {};
  unsigned overtaken = 0;
  ModelData<int> value;

  void before() { value.set(0); }
  void after() { modelCheck(value.get() == static_cast<int>(visitors)); }

  static MonitorWord<ModelAtomic>::Owner ownerOf(unsigned index) { return 4 * (index + 1); }

  void thread(unsigned index) {
    if (!word.tryEnter(ownerOf(index))) enterSlowly(index);
    modelCheck(word.isInside(ownerOf(index)));
    value.set(value.get() + 1);
    if (word.tryLeave()) return;
    mutex.lock();
    givePlace();
    mutex.unlock();
  }

  void enterSlowly(unsigned index) {
    bool wasOvertaken = false;
    if (!marksUnderTheLock && word.take(ownerOf(index))) return;
    mutex.lock();
    while (!marksUnderTheLock || !word.take(ownerOf(index))) {
      if (woken[index] && !wasOvertaken) {
        wasOvertaken = true;
        ++overtaken;
      }
      listed[index] = true;
      woken[index] = false;
      while (!woken[index]) wakeUp[index].wait(mutex);
      if (!marksUnderTheLock && word.take(ownerOf(index))) break;
    }
    if (wasOvertaken) --overtaken;
    bool others = false;
    for (const bool other : listed) others = others || other;
    if (others && !word.announce()) signalOne();
    mutex.unlock();
  }

  bool signalOne() {
    for (unsigned i = 0; i < visitors; ++i) {
      if (!listed[i]) continue;
      listed[i] = false;
      woken[i] = true;
      wakeUp[i].notifyOne();
      return true;
    }
    return false;
  }

  void givePlace() {
    if (overtaken != 0) {
      word.givePromised();
      if (signalOne()) return;
    }
    word.giveFree();
    signalOne();
  }
};

TEST(MonitorWordModel, oneIsInsideAndNobodyIsForgotten) {
  EXPECT_EQ(flaw<Visits<true>>(), "");
}

TEST(MonitorWordModel, whoMarksBeforeItIsListedIsForgotten) {
  EXPECT_NE(flaw<Visits<false>>(), "");
}

}  // namespace
}  // namespace troop
