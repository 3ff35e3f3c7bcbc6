// Threads of C11, as what they are made of: pthreads that run in Tasks.
#include <threads.h>
#include <time.h>

#include <array>
#include <atomic>
#include <vector>

#include "runtime/preload/pthread-of-test.h"

namespace troop::preload {
namespace {

int resultOf(thrd_start_t function, void* argument) {
  thrd_t thread;
  int result = 0;
  EXPECT_EQ(thrd_create(&thread, function, argument), thrd_success);
  EXPECT_EQ(thrd_join(thread, &result), thrd_success);
  return result;
}

TEST(C11Threads, runInTasks) {
  EXPECT_EQ(resultOf([](void*) { return inTask() ? 1 : 0; }, nullptr), 1);
}

TEST(C11Threads, joinGivesWhatWasReturnedOrLeftBehind) {
  int value = -7;
  EXPECT_EQ(resultOf([](void* its) { return *static_cast<int*>(its); }, &value), -7);
  EXPECT_EQ(resultOf([](void* its) -> int { thrd_exit(*static_cast<int*>(its)); }, &value), -7);
}

TEST(C11Threads, waitForEachOther) {
  struct Shared {
    Shared() {
      mtx_init(&mutex, mtx_plain);
      cnd_init(&condition);
    }
    ~Shared() {
      cnd_destroy(&condition);
      mtx_destroy(&mutex);
    }
    mtx_t mutex;
    cnd_t condition;
    int waiting = 0;
    bool open = false;
  } shared;
  constexpr int many = 200;
  const thrd_start_t waits = [](void* its) {
    Shared& shared = *static_cast<Shared*>(its);
    mtx_lock(&shared.mutex);
    if (++shared.waiting == many) {
      shared.open = true;
      cnd_broadcast(&shared.condition);
    }
    while (!shared.open) cnd_wait(&shared.condition, &shared.mutex);
    mtx_unlock(&shared.mutex);
    return inTask() ? 1 : 0;
  };
  std::vector<thrd_t> threads(many);
  for (thrd_t& thread : threads) ASSERT_EQ(thrd_create(&thread, waits, &shared), thrd_success);
  int inTasks = 0;
  for (const thrd_t thread : threads) {
    int result = 0;
    EXPECT_EQ(thrd_join(thread, &result), thrd_success);
    inTasks += result;
  }
  EXPECT_EQ(inTasks, many);
}

TEST(C11Threads, locksTellWhyTheyAreNotTaken) {
  static mtx_t mutex;
  mtx_init(&mutex, mtx_timed);
  mtx_lock(&mutex);
  const thrd_start_t tries = [](void*) { return mtx_trylock(&mutex); };
  const thrd_start_t waits = [](void*) {
    const timespec past{1, 0};
    return mtx_timedlock(&mutex, &past);
  };
  const thrd_start_t waitsForNoTime = [](void*) {
    const timespec none{1, -1};
    return mtx_timedlock(&mutex, &none);
  };
  EXPECT_EQ(resultOf(tries, nullptr), thrd_busy);
  EXPECT_EQ(resultOf(waits, nullptr), thrd_timedout);
  EXPECT_EQ(resultOf(waitsForNoTime, nullptr), thrd_error);
  mtx_unlock(&mutex);
  mtx_destroy(&mutex);
}

TEST(C11Threads, recursiveOnesAreTakenAgain) {
  const thrd_start_t locks = [](void*) {
    mtx_t mutex;
    mtx_init(&mutex, mtx_plain | mtx_recursive);
    int taken = 0;
    for (int times = 0; times < 3; ++times) taken += mtx_lock(&mutex) == thrd_success ? 1 : 0;
    for (int times = 0; times < 3; ++times) taken += mtx_unlock(&mutex) == thrd_success ? 1 : 0;
    // As often as it was taken, and no more.
    taken += mtx_unlock(&mutex) == thrd_error ? 1 : 0;
    mtx_destroy(&mutex);
    return taken;
  };
  EXPECT_EQ(resultOf(locks, nullptr), 7);
}

TEST(C11Threads, sleepsEndAndTellWhatIsNoTime) {
  const thrd_start_t sleeps = [](void*) {
    const timespec moment{0, 1000};
    return thrd_sleep(&moment, nullptr);
  };
  const thrd_start_t sleepsForNoTime = [](void*) {
    const timespec none{0, -1};
    return thrd_sleep(&none, nullptr);
  };
  EXPECT_EQ(resultOf(sleeps, nullptr), 0);
  EXPECT_LT(resultOf(sleepsForNoTime, nullptr), -1);
}

TEST(C11Threads, conditionsKeepDeadlines) {
  const thrd_start_t waits = [](void*) {
    mtx_t mutex;
    cnd_t condition;
    mtx_init(&mutex, mtx_plain);
    cnd_init(&condition);
    mtx_lock(&mutex);
    const timespec past{1, 0};
    const int result = cnd_timedwait(&condition, &mutex, &past);
    mtx_unlock(&mutex);
    cnd_destroy(&condition);
    mtx_destroy(&mutex);
    return result;
  };
  EXPECT_EQ(resultOf(waits, nullptr), thrd_timedout);
}

TEST(C11Threads, whatIsDoneOnceIsWaitedFor) {
  static once_flag flag = ONCE_FLAG_INIT;
  static std::atomic<int> done{0};
  const thrd_start_t calls = [](void*) {
    call_once(&flag, [] {
      thrd_yield();
      ++done;
    });
    return done.load();
  };
  thrd_t first;
  thrd_t second;
  ASSERT_EQ(thrd_create(&first, calls, nullptr), thrd_success);
  ASSERT_EQ(thrd_create(&second, calls, nullptr), thrd_success);
  std::array<int, 2> results{};
  EXPECT_EQ(thrd_join(first, &results[0]), thrd_success);
  EXPECT_EQ(thrd_join(second, &results[1]), thrd_success);
  EXPECT_EQ(results[0], 1);
  EXPECT_EQ(results[1], 1);
}

}  // namespace
}  // namespace troop::preload
