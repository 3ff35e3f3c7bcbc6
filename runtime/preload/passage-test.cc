#include "runtime/preload/passage.h"

#include <sched.h>
#include <semaphore.h>

#include <atomic>
#include <filesystem>
#include <memory>
#include <vector>

#include "runtime/preload/pthread-of-test.h"

namespace troop::preload {
namespace {

std::size_t osThreads() {
  const std::filesystem::directory_iterator tasks("/proc/self/task");
  return static_cast<std::size_t>(std::distance(begin(tasks), end(tasks)));
}

TEST(Passage, manyPthreadsHaveFewOsThreads) {
  constexpr int many = 2000;
  std::atomic<int> running{0};
  sem_t ready;
  sem_t go;
  sem_init(&ready, 0, 0);
  sem_init(&go, 0, 0);
  std::vector<std::unique_ptr<PthreadOfTest>> pthreads;
  for (int index = 0; index < many; ++index) {
    pthreads.push_back(std::make_unique<PthreadOfTest>([&] {
      running.fetch_add(1);
      sem_post(&ready);
      sem_wait(&go);
    }));
  }
  for (int index = 0; index < many; ++index) sem_wait(&ready);
  EXPECT_EQ(running.load(), many);
  // Carriers, who watches them, main's, and spares on a machine that is slow.
  EXPECT_LT(osThreads(), 200u);
  for (int index = 0; index < many; ++index) sem_post(&go);
}

thread_local int ofThread = 0;
thread_local struct Destroyed {
  std::atomic<int>* count = nullptr;
  ~Destroyed() {
    if (count != nullptr) count->fetch_add(1);
  }
} destroyed;

TEST(Passage, threadLocalDataStaysOverWaits) {
  std::vector<std::unique_ptr<PthreadOfTest>> pthreads;
  std::atomic<int> destroyedCount{0};
  for (int index = 0; index < 50; ++index) {
    pthreads.push_back(std::make_unique<PthreadOfTest>([index, &destroyedCount] {
      destroyed.count = &destroyedCount;
      ofThread = index;
      for (int times = 0; times < 20; ++times) {
        errno = index;
        sched_yield();
        EXPECT_EQ(ofThread, index);
        EXPECT_EQ(errno, index);
      }
    }));
  }
  pthreads.clear();
  EXPECT_EQ(destroyedCount.load(), 50);
}

TEST(Passage, keysHaveValuesAndDestructorsOfEachPthread) {
  static std::atomic<int> ended{0};
  pthread_key_t key;
  pthread_key_create(&key, [](void*) { ended.fetch_add(1); });
  std::vector<std::unique_ptr<PthreadOfTest>> pthreads;
  for (std::size_t index = 1; index <= 20; ++index) {
    pthreads.push_back(std::make_unique<PthreadOfTest>([index, key] {
      pthread_setspecific(key, &index);
      sched_yield();
      EXPECT_EQ(pthread_getspecific(key), &index);
    }));
  }
  pthreads.clear();
  EXPECT_EQ(ended.load(), 20);
  pthread_key_delete(key);
}

TEST(Passage, theStackIsThatOfTheAttributes) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  static constexpr std::size_t bytes = std::size_t{16} << 20;
  pthread_attr_setstacksize(&attributes, bytes);
  PthreadOfTest pthread(
      [] {
        pthread_attr_t own;
        ASSERT_EQ(pthread_getattr_np(pthread_self(), &own), 0);
        void* begin = nullptr;
        std::size_t size = 0;
        pthread_attr_getstack(&own, &begin, &size);
        // One that the C library has kept from before may be larger.
        EXPECT_GE(size, bytes);
        const int here = 0;
        EXPECT_GT(static_cast<const void*>(&here), begin);
        EXPECT_LT(static_cast<const void*>(&here), static_cast<char*>(begin) + size);
        pthread_attr_destroy(&own);
      },
      &attributes);
  pthread.join();
  pthread_attr_destroy(&attributes);
}

TEST(Passage, whatTheKernelsSchedulerIsToKnowGetsAnOsThread) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  cpu_set_t all;
  CPU_ZERO(&all);
  for (int cpu = 0; cpu < 64; ++cpu) CPU_SET(cpu, &all);
  pthread_attr_setaffinity_np(&attributes, sizeof(all), &all);
  PthreadOfTest pthread([] { EXPECT_FALSE(inTask()); }, &attributes);
  pthread.join();
  pthread_attr_destroy(&attributes);
}

TEST(Passage, detachedOnesEndByThemselves) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  static sem_t ended;
  sem_init(&ended, 0, 0);
  for (int times = 0; times < 100; ++times) {
    pthread_t thread;
    const auto start = [](void*) -> void* {
      EXPECT_TRUE(inTask());
      sem_post(&ended);
      return nullptr;
    };
    ASSERT_EQ(pthread_create(&thread, &attributes, start, nullptr), 0);
  }
  for (int times = 0; times < 100; ++times) sem_wait(&ended);
  pthread_attr_destroy(&attributes);
}

}  // namespace
}  // namespace troop::preload
