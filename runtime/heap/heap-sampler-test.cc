#include "runtime/heap/heap-sampler.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <memory_resource>
#include <thread>
#include <vector>

#include "runtime/heap/arena.h"
#include "runtime/process.h"
#include "runtime/sim/sweep.h"
#include "runtime/task.h"
#include "runtime/units.h"

namespace troop {
namespace {

using namespace literals;

// So much that each allocation is a sample.
constexpr std::size_t each = 1;

// The standard library's part of a call is none of who calls, optimised or not.
[[gnu::noinline, gnu::flatten]] void* allocateSmall(std::pmr::memory_resource& heap) {
  void* memory = heap.allocate(1000);
  asm volatile("" ::: "memory");  // no tail call, which would leave no frame
  return memory;
}

[[gnu::noinline, gnu::flatten]] void* allocateLarge(std::pmr::memory_resource& heap) {
  void* memory = heap.allocate(50'000);
  asm volatile("" ::: "memory");
  return memory;
}

struct Sampled {
  Ref<Budget> budget = makeRef<Budget>(64_MiB);
  Ref<HeapSampler> sampler;
  Arena arena;
  explicit Sampled(std::size_t sampleBytes)
      : sampler(makeRef<HeapSampler>(budget, sampleBytes)), arena(budget, sampler) {}
};

TEST(HeapSampler, tellsWhoAllocatedWhatLives) {
  Sampled heap(each);
  std::vector<void*> small;
  for (int i = 0; i < 10; ++i) small.push_back(allocateSmall(heap.arena));
  void* large = allocateLarge(heap.arena);
  for (int i = 0; i < 4; ++i) heap.arena.deallocate(small[i], 1000);

  HeapProfile profile = heap.sampler->profile();
  ASSERT_EQ(profile.sites.size(), 2u);
  EXPECT_EQ(profile.sites[0].objects, 1u);
  EXPECT_EQ(profile.sites[0].bytes, 50'000u);
  EXPECT_EQ(profile.sites[1].objects, 6u);
  EXPECT_EQ(profile.sites[1].bytes, 6'000u);
  EXPECT_EQ(profile.sites[1].objectsEver, 10u);
  EXPECT_EQ(profile.sites[1].bytesEver, 10'000u);
  EXPECT_NE(profile.sites[0].stack, profile.sites[1].stack);

  heap.arena.deallocate(large, 50'000);
  profile = heap.sampler->profile();
  EXPECT_EQ(profile.sites[0].bytes, 6'000u);
  EXPECT_EQ(profile.sites[1].bytes, 0u);
  EXPECT_EQ(profile.sites[1].bytesEver, 50'000u);
}

TEST(HeapSampler, beginsStacksWithWhoCallsTheHeap) {
  Sampled heap(each);
  (void)allocateSmall(heap.arena);
  const HeapProfile profile = heap.sampler->profile();
  ASSERT_EQ(profile.sites.size(), 1u);
  ASSERT_GE(profile.sites[0].stack.size(), 2u);
  const auto begin = reinterpret_cast<std::uintptr_t>(&allocateSmall);
  const auto returnsTo = reinterpret_cast<std::uintptr_t>(profile.sites[0].stack[0]);
  EXPECT_GT(returnsTo, begin);
  EXPECT_LT(returnsTo, begin + 4096);
}

TEST(HeapSampler, takesAsManyAsBytesSay) {
  Sampled heap(100'000);
  constexpr std::size_t count = 200'000;  // 20,000,000 bytes: 200 samples, and a deviation of 14
  for (std::size_t i = 0; i < count; ++i) heap.arena.deallocate(heap.arena.allocate(100), 100);
  (void)heap.arena.allocate(1);
  const HeapProfile profile = heap.sampler->profile();
  ASSERT_GE(profile.sites.size(), 1u);
  std::size_t samples = 0;
  for (const HeapProfile::Site& site : profile.sites) samples += site.objectsEver;
  EXPECT_GT(samples, 100u);
  EXPECT_LT(samples, 300u);
}

TEST(HeapSampler, hasASiteForWhatIsTooManySites) {
  const Ref<Budget> budget = makeRef<Budget>(64_MiB);
  HeapSampler sampler(budget, each);
  // Who has no memory for its stack keeps its figures.
  const Ref<Budget> narrow = makeRef<Budget>(std::size_t{180});
  HeapSampler poor(narrow, each);
  int object = 0;
  poor.allocated(&object, 10, nullptr);
  poor.allocated(&sampler, 10, nullptr);
  const HeapProfile profile = poor.profile();
  ASSERT_EQ(profile.sites.size(), 1u);
  EXPECT_TRUE(profile.sites[0].stack.empty());
  EXPECT_LE(narrow->used(), 180u);
  poor.end();
  EXPECT_EQ(narrow->used(), 0u);
}

TEST(HeapSampler, isPaidForAndGivesEverythingBack) {
  const Ref<Budget> budget = makeRef<Budget>(64_MiB);
  const Ref<HeapSampler> sampler = makeRef<HeapSampler>(budget, each);
  {
    Arena arena(budget, sampler);
    const std::size_t before = budget->used() - arena.mappedBytes();
    for (int i = 0; i < 100; ++i) (void)allocateSmall(arena);
    EXPECT_GT(budget->used() - arena.mappedBytes(), before);
    EXPECT_EQ(sampler->profile().sites.size(), 1u);
  }
  EXPECT_EQ(budget->used(), 0u);
  EXPECT_TRUE(sampler->profile().sites.empty());
}

TEST(HeapSampler, servesManyOsThreads) {
  Sampled heap(5000);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&heap] {
      std::vector<void*> blocks;
      for (int i = 0; i < 2000; ++i) {
        blocks.push_back(allocateSmall(heap.arena));
        if (i % 3 != 0) continue;
        heap.arena.deallocate(blocks.back(), 1000);
        blocks.pop_back();
        if (i % 300 == 0) (void)heap.sampler->profile();
      }
      for (void* block : blocks) heap.arena.deallocate(block, 1000);
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const HeapProfile::Site& site : heap.sampler->profile().sites) EXPECT_EQ(site.bytes, 0u);
}

TROOP_TEST(HeapSampler, seesTheStacksOfTasks) {
  const Ref<Troop> shop =
      Process::current()->troop({.name = "shop", .heap = Heap::own, .heapSampleBytes = each});
  const Ref<Thread> thread = shop->thread({"allocates"}, [] {
    void* memory = allocateLarge(Troop::current()->heap());
    const HeapProfile profile = Troop::current()->heapProfile();
    ASSERT_EQ(profile.sites.size(), 1u);
    EXPECT_EQ(profile.sites[0].bytes, 50'000u);
    EXPECT_GE(profile.sites[0].stack.size(), 2u);
    Troop::current()->heap().deallocate(memory, 50'000);
    EXPECT_EQ(Troop::current()->heapProfile().sites[0].bytes, 0u);
  });
  EXPECT_TRUE(thread->join());
  shop->kill(Error(ErrorKind::failed, "closed"));
  EXPECT_TRUE(shop->heapProfile().sites.empty());
  EXPECT_EQ(shop->memory()->used(), 0u);
  EXPECT_TRUE(Process::current()->troop({.name = "shares"})->heapProfile().sites.empty());
}

}  // namespace
}  // namespace troop
