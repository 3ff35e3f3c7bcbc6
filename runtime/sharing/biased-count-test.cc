#include "runtime/sharing/biased-count.h"

#include <gtest/gtest.h>

#include "runtime/testing/model.h"

namespace troop {
namespace {

using tests::flaw;
using tests::ModelAtomic;
using tests::modelCheck;
using tests::ModelData;
using tests::ModelMutex;

using Count = BiasedCount<>;

TEST(BiasedCount, ofOneThreadEndsByMerging) {
  Count count;
  count.addByOwner();
  count.addByOwner();
  EXPECT_FALSE(count.dropByOwner());
  EXPECT_TRUE(count.dropByOwner());
  EXPECT_TRUE(count.noneOfOwner());
  EXPECT_TRUE(count.merge());
}

TEST(BiasedCount, isHandedBackOnceWhereOthersDropWhatTheOwnerCounted) {
  Count count;
  for (int i = 0; i < 3; ++i) count.addByOwner();
  EXPECT_EQ(count.dropByOther(), Dropped::toMerge);
  EXPECT_EQ(count.dropByOther(), Dropped::notLast);
  EXPECT_FALSE(count.merge());
  EXPECT_FALSE(count.unqueue());
  EXPECT_TRUE(count.isSole());
  EXPECT_EQ(count.dropByOther(), Dropped::last);
}

TEST(BiasedCount, isNotFreedWhileItIsHandedBack) {
  Count count;
  count.addByOwner();
  EXPECT_EQ(count.dropByOther(), Dropped::toMerge);
  EXPECT_FALSE(count.merge());
  EXPECT_TRUE(count.unqueue());
}

TEST(BiasedCount, isNotHandedBackWhereOthersDropWhatOthersTook) {
  Count count;
  count.addByOwner();
  count.addByOther();
  EXPECT_EQ(count.dropByOther(), Dropped::notLast);
  EXPECT_TRUE(count.dropByOwner());
  EXPECT_TRUE(count.merge());
}

TEST(BiasedCount, thatIsMergedCountsAllAlike) {
  Count count(Count::Merged{1});
  EXPECT_TRUE(count.isSole());
  count.addByOther();
  EXPECT_FALSE(count.isSole());
  EXPECT_EQ(count.dropByOther(), Dropped::notLast);
  EXPECT_EQ(count.dropByOther(), Dropped::last);
}

// What would be left of it without its memory orders.
template <typename T>
class RelaxedAtomic : public ModelAtomic<T> {
 public:
  using ModelAtomic<T>::ModelAtomic;
  // NOLINTNEXTLINE(readability-identifier-naming): named as std::atomic's, whose place it takes
  bool compare_exchange_weak(T& expected, T value, std::memory_order) {
    return ModelAtomic<T>::compare_exchange_weak(expected, value, std::memory_order_relaxed);
  }
};

// What runtime/sharing/holding.cc does with it: an owner gives references away, uses and drops one
// itself, looks once what was handed back, and ends; two others use theirs, copy and drop them.
template <template <typename> class Atomic>
struct Sharers : rl::test_suite<Sharers<Atomic>, 3> {
  BiasedCount<Atomic> count;
  ModelData<int> value;
  ModelData<bool> freed;
  ModelMutex mutex;  // protects the two below
  ModelData<bool> ended;
  ModelData<bool> returned;

  void before() {
    value.set(1);
    freed.set(false);
    ended.set(false);
    returned.set(false);
    for (int i = 0; i < 3; ++i) count.addByOwner();
  }
  void thread(unsigned index) { index == 0 ? owner() : other(); }
  void after() { modelCheck(freed.get()); }

  void use() { modelCheck(value.get() == 1); }
  void freeIt() {
    modelCheck(!freed.get());
    freed.set(true);
    value.set(2);
  }

  void owner() {
    count.addByOwner();
    use();
    count.dropByOwner();
    const bool isMerged = takeReturned();
    if (isMerged) {
      drop();
    } else {
      count.dropByOwner();
    }
    endOwner(isMerged);
  }
  // Whether it is merged.
  bool takeReturned() {
    mutex.lock();
    const bool any = returned.get();
    returned.set(false);
    mutex.unlock();
    if (!any) return false;
    if (count.merge()) freeIt();
    if (count.unqueue()) freeIt();
    return true;
  }
  void endOwner(bool isMerged) {
    if (!isMerged && count.merge()) freeIt();
    mutex.lock();
    ended.set(true);
    const bool any = returned.get();
    returned.set(false);
    mutex.unlock();
    if (any && count.unqueue()) freeIt();
  }
  void other() {
    use();
    count.addByOther();
    drop();
    use();
    drop();
  }
  void drop() {
    switch (count.dropByOther()) {
      case Dropped::notLast:
        return;
      case Dropped::last:
        return freeIt();
      case Dropped::toMerge:
        break;
    }
    mutex.lock();
    const bool hasEnded = ended.get();
    if (!hasEnded) returned.set(true);
    mutex.unlock();
    if (hasEnded && count.unqueue()) freeIt();
  }
};

TEST(BiasedCountModel, isFreedOnceAndAfterItsLastUse) {
  EXPECT_EQ(flaw<Sharers<ModelAtomic>>(), "");
}

TEST(BiasedCountModel, needsItsMemoryOrders) {
  EXPECT_NE(flaw<Sharers<RelaxedAtomic>>(), "");
}

}  // namespace
}  // namespace troop
