#include "runtime/sync/semaphore.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <thread>

#include "runtime/error.h"
#include "runtime/scope.h"
#include "runtime/sim/sweep.h"
#include "runtime/task.h"

namespace troop::sync {
namespace {

TROOP_TEST(Semaphore, letsSoManyIn) {
  counting_semaphore<3> places(3);
  std::atomic<int> inside{0};
  Scope scope;
  for (int thread = 0; thread < 6; ++thread) {
    scope.thread(
        [](counting_semaphore<3>* at, std::atomic<int>* in) {
          for (int i = 0; i < 10; ++i) {
            at->acquire();
            EXPECT_LE(++*in, 3);
            yield();
            --*in;
            at->release();
          }
        },
        assumeSendable(&places), assumeSendable(&inside));
  }
  scope.join();
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(places.try_acquire());
  EXPECT_FALSE(places.try_acquire());
}

TROOP_TEST(Semaphore, releasesSeveralAtOnce) {
  counting_semaphore<> places(0);
  int passed = 0;
  Scope scope;
  for (int task = 0; task < 3; ++task) {
    scope.task([&] {
      places.acquire();
      ++passed;
    });
  }
  yield();
  places.release(4);
  scope.join();
  EXPECT_EQ(passed, 3);
  EXPECT_TRUE(places.try_acquire());
  EXPECT_FALSE(places.try_acquire());
}

TROOP_TEST(Semaphore, isGivenUpWhenTimeHasPassed) {
  binary_semaphore place(0);
  EXPECT_FALSE(place.try_acquire_for(1ms));
  EXPECT_FALSE(place.try_acquire_until(after(1ms)));
  place.release();
  EXPECT_TRUE(place.try_acquire_for(1h));
}

TROOP_TEST(Semaphore, takesNothingFromWhoWasCancelled) {
  binary_semaphore place(0);
  Scope scope;
  scope.task([&] { place.acquire(); });
  yield();
  scope.cancel();
  scope.join();
  place.release();
  EXPECT_TRUE(place.try_acquire());
}

TROOP_TEST(Semaphore, waitsWhereNoWaitMayThrow) {
  binary_semaphore place(0);
  bool tried = false;
  bool acquired = false;
  Scope scope;
  scope.task([&] {
    const MustNotThrow here;
    Scope inner;
    inner.cancel();
    EXPECT_FALSE(place.try_acquire_for(1h));
    tried = true;
    place.acquire();
    acquired = true;
  });
  while (!tried) yield();
  yield();
  EXPECT_FALSE(acquired);
  place.release();
  scope.join();
  EXPECT_TRUE(acquired);
}

TROOP_TEST(Semaphore, isDestroyedByWhoHasAcquired) {
  for (int round = 0; round < 20; ++round) {
    auto place = std::make_unique<binary_semaphore>(0);
    Scope scope;
    scope.thread([](binary_semaphore* at) { at->release(); }, assumeSendable(place.get()));
    place->acquire();
    place.reset();
  }
}

TEST(Semaphore, isAcquiredByOsThreads) {
  binary_semaphore there(0), back(0);
  std::jthread host([&] {
    for (int i = 0; i < 100; ++i) {
      there.acquire();
      back.release();
    }
  });
  for (int i = 0; i < 100; ++i) {
    there.release();
    back.acquire();
  }
}

}  // namespace
}  // namespace troop::sync
