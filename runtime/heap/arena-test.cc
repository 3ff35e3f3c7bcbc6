#include "runtime/heap/arena.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "runtime/testing/resident.h"
#include "runtime/time.h"

namespace troop {
namespace {

using namespace literals;

TEST(Arena, servesStandardContainers) {
  const Ref<Budget> budget = makeRef<Budget>(64_MiB);
  {
    Arena arena(budget);
    std::pmr::map<int, std::pmr::string> names(&arena);
    for (int i = 0; i < 10'000; ++i) names.emplace(i, std::string(i % 200, 'x'));
    EXPECT_EQ(names[1234].size(), 34u);
    EXPECT_GE(arena.mappedBytes(), 1_MiB);
    EXPECT_GE(budget->used(), arena.mappedBytes());
    names.clear();
  }
  EXPECT_EQ(budget->used(), 0u);
}

TEST(Arena, givesEverythingBackAtItsEndWhateverWasNotFreed) {
  const Ref<Budget> budget = makeRef<Budget>(64_MiB);
  {
    Arena arena(budget);
    for (std::size_t bytes = 1; bytes < 4_MiB; bytes *= 3) {
      for (int i = 0; i < 3; ++i) std::memset(arena.allocate(bytes), 1, bytes);
    }
    EXPECT_GT(budget->used(), 4_MiB);
  }
  EXPECT_EQ(budget->used(), 0u);
}

TEST(Arena, leavesNoPageBehind) {
  const Ref<Budget> budget = makeRef<Budget>();
  auto arena = std::make_unique<Arena>(budget);
  std::memset(arena->allocate(64_MiB), 1, 64_MiB);
  const std::size_t full = tests::residentBytes();
  arena.reset();
  // The rest is for those whose shadow memory stays.
  EXPECT_LE(tests::residentBytes(), full - 48_MiB);
}

TEST(Arena, refusesClearlyWhatItsBudgetDoesNotCarryAndGoesOn) {
  const Ref<Budget> budget = makeRef<Budget>(1_MiB);
  Arena arena(budget);
  std::vector<void*> blocks;
  try {
    for (;;) blocks.push_back(arena.allocate(10'000));
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::overloaded);
    EXPECT_EQ(error.detail(), ErrorDetail::memory);
    EXPECT_EQ(error.reason(), "memory 1 MiB reached");
  }
  EXPECT_GT(blocks.size(), 50u);
  EXPECT_LE(budget->peak(), 1_MiB);
  EXPECT_THROW((void)arena.allocate(2_MiB), Error);
  for (void* block : blocks) arena.deallocate(block, 10'000);
  // What was freed is cached in pieces of 10,000 bytes; it is returned to make room.
  void* large = arena.allocate(700_KiB);
  arena.deallocate(large, 700_KiB);
}

TEST(Arena, refusesAbsurdSizes) {
  const Ref<Budget> budget = makeRef<Budget>();
  Arena arena(budget);
  EXPECT_THROW((void)arena.allocate(std::size_t{1} << 62), Error);
  void* nothing = arena.allocate(0);
  EXPECT_NE(nothing, nullptr);
  arena.deallocate(nothing, 0);
}

TEST(Arena, aligns) {
  const Ref<Budget> budget = makeRef<Budget>(64_MiB);
  Arena arena(budget);
  for (std::size_t alignment = 1; alignment <= 64_KiB; alignment *= 2) {
    void* memory = arena.allocate(100, alignment);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(memory) % alignment, 0u);
    arena.deallocate(memory, 100, alignment);
  }
}

TEST(Arena, keepsTroopsApart) {
  const Ref<Budget> root = makeRef<Budget>(64_MiB);
  const Ref<Budget> left = makeRef<Budget>(root, 2_MiB);
  const Ref<Budget> right = makeRef<Budget>(root, 2_MiB);
  Arena first(left);
  Arena second(right);
  EXPECT_THROW(for (;;)(void) first.allocate(64_KiB), Error);
  void* memory = second.allocate(1_MiB);
  second.deallocate(memory, 1_MiB);
  EXPECT_TRUE(first.is_equal(first));
  EXPECT_FALSE(first.is_equal(second));
}

TEST(Arena, needsRoomForItself) {
  EXPECT_THROW(Arena(makeRef<Budget>(1_KiB)), Error);
}

TEST(Arena, canBeMadeAndEndedManyTimes) {
  const Ref<Budget> budget = makeRef<Budget>();
  for (int i = 0; i < 5'000; ++i) {
    Arena arena(budget);
    std::memset(arena.allocate(100), 1, 100);
  }
  EXPECT_EQ(budget->used(), 0u);
}

TEST(Arena, servesManyOsThreads) {
  const Ref<Budget> budget = makeRef<Budget>(64_MiB);
  {
    Arena arena(budget);
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&arena, t] {
        std::mt19937 random(t);
        std::vector<std::pair<unsigned char*, std::size_t>> blocks;
        for (int i = 0; i < 5'000; ++i) {
          if (!blocks.empty() && random() % 2 == 0) {
            std::swap(blocks[random() % blocks.size()], blocks.back());
            const auto [block, bytes] = blocks.back();
            EXPECT_EQ(block[0], t);
            EXPECT_EQ(block[bytes - 1], t);
            arena.deallocate(block, bytes);
            blocks.pop_back();
          } else {
            const std::size_t bytes = 1 + random() % (i % 100 == 0 ? 200'000 : 500);
            auto* block = static_cast<unsigned char*>(arena.allocate(bytes));
            block[0] = block[bytes - 1] = static_cast<unsigned char>(t);
            blocks.emplace_back(block, bytes);
          }
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  EXPECT_EQ(budget->used(), 0u);
}

}  // namespace
}  // namespace troop
