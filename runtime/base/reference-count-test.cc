#include "runtime/base/reference-count.h"

#include <gtest/gtest.h>

#include "runtime/testing/model.h"

namespace troop {
namespace {

using tests::flaw;
using tests::ModelAtomic;
using tests::modelCheck;
using tests::ModelData;
using tests::ModelMutex;

TEST(ReferenceCount, theLastOneToDropIsTold) {
  ReferenceCount<> count;
  count.add();
  EXPECT_FALSE(count.drop());
  EXPECT_TRUE(count.tryAdd());
  EXPECT_FALSE(count.drop());
  EXPECT_TRUE(count.drop());
  EXPECT_FALSE(count.tryAdd());
}

// Two holders write to the object; whoever is last sees both and destroys it.
struct LastOfTwo : rl::test_suite<LastOfTwo, 2> {
  ReferenceCount<ModelAtomic> count;
  ModelData<int> written[2];
  ModelAtomic<int> destroyed{0};

  void before() { count.add(); }
  void thread(unsigned index) {
    written[index].set(7);
    if (!count.drop()) return;
    modelCheck(written[0].get() == 7 && written[1].get() == 7);
    destroyed.fetch_add(1);
  }
  void after() { modelCheck(destroyed.load() == 1); }
};

TEST(ReferenceCountModel, theLastHolderSeesWhatAllWrote) {
  EXPECT_EQ(flaw<LastOfTwo>(), "");
}

// A list without references: the object leaves it under a lock when it is destroyed, and who takes
// it from there holds the same lock. As Scheduler::shares() and Share::killMembers() do.
template <bool underTheLock>
struct TakenFromAList : rl::test_suite<TakenFromAList<underTheLock>, 3> {
  ReferenceCount<ModelAtomic> count;
  ModelMutex mutex;
  ModelAtomic<bool> listed{true};
  ModelData<int> object;

  void before() { object.set(7); }
  void thread(unsigned index) {
    if (index == 0) return drop();
    if (underTheLock) mutex.lock();
    const bool mine = listed.load() && alive() && count.tryAdd();
    if (underTheLock) mutex.unlock();
    if (!mine) return;
    modelCheck(object.get() == 7);
    drop();
  }
  // The count is part of the object: reading it is an access.
  bool alive() { return object.get() == 7; }
  void drop() {
    if (!count.drop()) return;
    mutex.lock();
    listed.store(false);
    mutex.unlock();
    object.set(0);
  }
};

TEST(ReferenceCountModel, whoTakesFromAListHoldsTheLockUnderWhichObjectsLeaveIt) {
  EXPECT_EQ(flaw<TakenFromAList<true>>(), "");
  EXPECT_NE(flaw<TakenFromAList<false>>(), "");
}

}  // namespace
}  // namespace troop
