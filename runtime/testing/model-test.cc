#include "runtime/testing/model.h"

#include <gtest/gtest.h>

namespace troop::tests {
namespace {

template <std::memory_order publishes>
struct Handover : rl::test_suite<Handover<publishes>, 2> {
  ModelAtomic<bool> ready{false};
  ModelData<int> value;

  void thread(unsigned index) {
    if (index == 0) {
      value.set(7);
      ready.store(true, publishes);
    } else if (ready.load(std::memory_order_acquire)) {
      modelCheck(value.get() == 7);
    }
  }
};

TEST(Model, findsNothingWhereThereIsNothing) {
  EXPECT_EQ(flaw<Handover<std::memory_order_release>>(), "");
}

TEST(Model, findsDataThatNothingOrders) {
  EXPECT_NE(flaw<Handover<std::memory_order_relaxed>>(), "");
}

// Each writes its own flag and reads the other's: at least one sees the other, with seq_cst only.
template <std::memory_order writes, std::memory_order reads>
struct EitherSees : rl::test_suite<EitherSees<writes, reads>, 2> {
  ModelAtomic<int> flags[2]{0, 0};
  int seen[2] = {0, 0};

  void thread(unsigned index) {
    flags[index].store(1, writes);
    seen[index] = flags[1 - index].load(reads);
  }
  void after() { modelCheck(seen[0] + seen[1] > 0); }
};

TEST(Model, knowsThatStoresMayPassLoads) {
  EXPECT_EQ((flaw<EitherSees<std::memory_order_seq_cst, std::memory_order_seq_cst>>()), "");
  EXPECT_NE((flaw<EitherSees<std::memory_order_release, std::memory_order_acquire>>()), "");
}

template <bool looksAgain>
struct Sleeper : rl::test_suite<Sleeper<looksAgain>, 2> {
  ModelMutex mutex;
  ModelCondition wakeUp;
  ModelAtomic<bool> ready{false};

  void thread(unsigned index) {
    if (index == 0) {
      ready.store(true);
      mutex.lock();
      wakeUp.notifyOne();
      mutex.unlock();
      return;
    }
    if (ready.load()) return;
    mutex.lock();
    // What was notified between the look and the lock is not notified again.
    if (!looksAgain || !ready.load()) wakeUp.wait(mutex);
    mutex.unlock();
  }
};

TEST(Model, findsWakeUpsThatAreLost) {
  EXPECT_EQ(flaw<Sleeper<true>>(), "");
  EXPECT_NE(flaw<Sleeper<false>>(), "");
}

}  // namespace
}  // namespace troop::tests
