#include "runtime/stack/stack-pool.h"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace troop {
namespace {

StackPool::Options smallStacks() {
  return {
      .stackBytes = 16 << 10, .keepBytesMax = 64 << 10, .stacksPerSlab = 4, .givenTogetherMax = 1};
}

bool anyPageAt(std::byte* bottom) {
  unsigned char resident[4];
  EXPECT_EQ(mincore(bottom, 16 << 10, resident), 0);
  return std::any_of(std::begin(resident), std::end(resident),
                     [](unsigned char page) { return (page & 1) != 0; });
}

TEST(StackPool, handsOutDistinctUsableStacks) {
  const Ref<StackPool> pool = makeRef<StackPool>(smallStacks());
  std::vector<Stack> stacks;
  std::set<std::byte*> bottoms;
  for (int i = 0; i < 10; ++i) {
    stacks.push_back(pool->acquire().value());
    EXPECT_EQ(stacks.back().bytes(), 16u << 10);
    std::memset(stacks.back().bottom(), i, stacks.back().bytes());
    EXPECT_TRUE(bottoms.insert(stacks.back().bottom()).second);
  }
  EXPECT_EQ(pool->slabs(), 3u);
  EXPECT_EQ(pool->inUse(), 10u);
  stacks.erase(stacks.begin() + 4, stacks.end());
  EXPECT_EQ(pool->inUse(), 4u);
}

TEST(StackPool, givesTheWarmestStackFirst) {
  const Ref<StackPool> pool = makeRef<StackPool>(smallStacks());
  std::byte* bottom;
  {
    const Stack stack = pool->acquire().value();
    bottom = stack.bottom();
  }
  EXPECT_EQ(pool->kept(), 1u);
  const Stack again = pool->acquire().value();
  EXPECT_EQ(again.bottom(), bottom);
  EXPECT_EQ(pool->kept(), 0u);
}

TEST(StackPool, keepsNoMoreThanAskedAndUnmapsEmptySlabs) {
  const Ref<StackPool> pool = makeRef<StackPool>(smallStacks());
  {
    std::vector<Stack> stacks;
    for (int i = 0; i < 64; ++i) stacks.push_back(pool->acquire().value());
    EXPECT_EQ(pool->slabs(), 16u);
  }
  EXPECT_LE(pool->kept(), 4u);
  EXPECT_LE(pool->slabs(), 2u);
}

TEST(StackPool, returnsThePagesThatItDoesNotKeep) {
  StackPool::Options options = smallStacks();
  options.keepBytesMax = 0;
  const Ref<StackPool> pool = makeRef<StackPool>(options);
  const Stack holdsTheSlab = pool->acquire().value();
  std::byte* bottom;
  {
    const Stack stack = pool->acquire().value();
    bottom = stack.bottom();
    std::memset(bottom, 0xff, stack.bytes());
  }
  EXPECT_FALSE(anyPageAt(bottom));
}

TEST(StackPool, aMovedStackComesBackOnce) {
  const Ref<StackPool> pool = makeRef<StackPool>(smallStacks());
  {
    Stack first = pool->acquire().value();
    Stack second = std::move(first);
    EXPECT_FALSE(first);  // NOLINT(bugprone-use-after-move)
    Stack third;
    third = std::move(second);
    EXPECT_TRUE(third);
  }
  EXPECT_EQ(pool->kept(), 1u);
}

TEST(StackPool, outlivesItsLastHandle) {
  Stack stack;
  {
    const Ref<StackPool> pool = makeRef<StackPool>(smallStacks());
    stack = pool->acquire().value();
  }
  std::memset(stack.bottom(), 1, stack.bytes());
}

TEST(StackPool, failsClearlyWhenTheKernelAllowsNoMoreGuards) {
  StackPool::Options options = smallStacks();
  options.guards = StackPool::Guards::protectedPages;
  options.stacksPerSlab = StackPool::protectedGuardsMax() / 2;
  const Ref<StackPool> pool = makeRef<StackPool>(options);
  const Ref<StackPool> other = makeRef<StackPool>(options);
  std::vector<Stack> stacks;
  // Two slabs use up what the kernel allows, whichever pool they are of.
  stacks.push_back(pool->acquire().value());
  stacks.push_back(other->acquire().value());
  for (std::size_t i = 1; i < options.stacksPerSlab; ++i) {
    stacks.push_back(pool->acquire().value());
  }
  const Expected<Stack> refused = pool->acquire();
  ASSERT_TRUE(refused.failed());
  EXPECT_EQ(refused.error().kind(), ErrorKind::overloaded);
  EXPECT_EQ(refused.error().detail(), ErrorDetail::quota);
  EXPECT_NE(refused.error().reason().find("vm.max_map_count"), std::string::npos);
}

TEST(StackPool, handsOutUnguardedStacksBeyondWhereThatWasAllowed) {
  StackPool::Options options = smallStacks();
  options.guards = StackPool::Guards::protectedPages;
  options.beyondGuards = StackPool::BeyondGuards::unguardedStacks;
  options.stacksPerSlab = StackPool::protectedGuardsMax();
  const Ref<StackPool> all = makeRef<StackPool>(options);
  const Stack guarded = all->acquire().value();
  options.stacksPerSlab = 4;
  const Ref<StackPool> pool = makeRef<StackPool>(options);
  std::vector<Stack> stacks;
  for (int i = 0; i < 20; ++i) {
    stacks.push_back(pool->acquire().value());
    std::memset(stacks.back().bottom(), i, stacks.back().bytes());
  }
  // No guard: what lies below it can be read.
  const std::byte below = *const_cast<volatile std::byte*>(stacks.back().bottom() - 1);
  EXPECT_EQ(below, std::byte{0});
  stacks.clear();
  EXPECT_LE(pool->slabs(), 1u);
}

// 100,000, with TROOP_LONG=1 a million: far more than the kernel allows mappings.
TEST(StackPool, guardsAsManyAsOneAsksForWhereGuardsAreMarkers) {
  StackPool::Options options = smallStacks();
  options.stacksPerSlab = 64;
  const Ref<StackPool> pool = makeRef<StackPool>(options);
  if (!pool->guardsAreMarkers()) GTEST_SKIP() << "this kernel has no markers";
  const char* asked = std::getenv("TROOP_LONG");
  const bool isLong = asked != nullptr && std::string(asked) == "1";
  const std::size_t count = isLong ? 1'000'000 : 100'000;
  ASSERT_GT(count, StackPool::protectedGuardsMax());
  std::vector<Stack> stacks;
  stacks.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    stacks.push_back(pool->acquire().value());
    if (i % 100 == 0) *(stacks.back().top() - 1) = std::byte{1};
  }
  EXPECT_EQ(pool->inUse(), count);
}

TEST(StackPool, countsProtectedGuardsBack) {
  StackPool::Options options = smallStacks();
  options.guards = StackPool::Guards::protectedPages;
  options.stacksPerSlab = StackPool::protectedGuardsMax();
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(makeRef<StackPool>(options)->acquire());
}

void touchGuard(StackPool::Guards guards) {
  StackPool::Options options = smallStacks();
  options.guards = guards;
  const Ref<StackPool> pool = makeRef<StackPool>(options);
  const Stack stack = pool->acquire().value();
  *const_cast<volatile std::byte*>(stack.bottom() - 1) = std::byte{1};
}

TEST(StackPoolDeathTest, faultsBelowEachStackWithEitherGuard) {
  EXPECT_DEATH(touchGuard(StackPool::Guards::best), "");
  EXPECT_DEATH(touchGuard(StackPool::Guards::protectedPages), "");
}

void touchGuardBetweenGivenStacks(StackPool::Guards guards) {
  StackPool::Options options = smallStacks();
  options.guards = guards;
  options.givenTogetherMax = 2;
  options.withoutPages = StackPool::WithoutPages::reads0;
  const Ref<StackPool> pool = makeRef<StackPool>(options);
  Stack one = pool->acquire().value();
  Stack other = pool->acquire().value();
  one.givePages();
  other.givePages();
  *const_cast<volatile std::byte*>(std::max(one.bottom(), other.bottom()) - 1) = std::byte{1};
}

TEST(StackPoolDeathTest, faultsBetweenStacksThatHaveGivenTheirPagesTogether) {
  EXPECT_DEATH(touchGuardBetweenGivenStacks(StackPool::Guards::best), "");
  EXPECT_DEATH(touchGuardBetweenGivenStacks(StackPool::Guards::protectedPages), "");
}

void touchWithoutPages(StackPool::Guards guards) {
  StackPool::Options options = smallStacks();
  options.guards = guards;
  options.withoutPages = StackPool::WithoutPages::faults;
  const Ref<StackPool> pool = makeRef<StackPool>(options);
  Stack stack = pool->acquire().value();
  stack.givePages();
  *const_cast<volatile std::byte*>(stack.top() - 8) = std::byte{1};
}

TEST(StackPoolDeathTest, faultsWhereAStackHasGivenItsPages) {
  EXPECT_DEATH(touchWithoutPages(StackPool::Guards::best), "");
  EXPECT_DEATH(touchWithoutPages(StackPool::Guards::protectedPages), "");
}

TEST(StackPool, takesPagesBackThatWereGiven) {
  for (const auto guards : {StackPool::Guards::best, StackPool::Guards::protectedPages}) {
    for (const auto without : {StackPool::WithoutPages::faults, StackPool::WithoutPages::reads0}) {
      StackPool::Options options = smallStacks();
      options.guards = guards;
      options.withoutPages = without;
      const Ref<StackPool> pool = makeRef<StackPool>(options);
      Stack stack = pool->acquire().value();
      std::memset(stack.bottom(), 1, stack.bytes());
      stack.givePages();
      stack.takePages();
      EXPECT_EQ(*stack.bottom(), std::byte{0});
      std::memset(stack.bottom(), 1, stack.bytes());
    }
  }
}

Stack usedStack(StackPool& pool) {
  Stack stack = pool.acquire().value();
  std::memset(stack.bottom(), 1, stack.bytes());
  return stack;
}

TEST(StackPool, givesPagesOfSeveralTogether) {
  StackPool::Options options = smallStacks();
  options.keepBytesMax = 0;
  options.givenTogetherMax = 4;
  options.withoutPages = StackPool::WithoutPages::reads0;
  const Ref<StackPool> pool = makeRef<StackPool>(options);
  Stack stacks[4];
  for (Stack& stack : stacks) stack = usedStack(*pool);
  stacks[0].givePages();
  stacks[1].givePages();
  stacks[1].takePages();
  std::memset(stacks[1].bottom(), 2, stacks[1].bytes());
  std::byte* const released = stacks[2].bottom();
  stacks[2] = Stack();
  EXPECT_EQ(pool->inUse(), 3u);
  stacks[3].givePages();
  EXPECT_TRUE(anyPageAt(stacks[0].bottom()));
  EXPECT_TRUE(anyPageAt(released));
  {
    const Stack last = pool->acquire().value();
    EXPECT_NE(last.bottom(), released);
  }
  EXPECT_FALSE(anyPageAt(stacks[0].bottom()));
  EXPECT_FALSE(anyPageAt(released));
  EXPECT_FALSE(anyPageAt(stacks[3].bottom()));
  EXPECT_EQ(*stacks[1].bottom(), std::byte{2});
  EXPECT_EQ(pool->inUse(), 3u);
}

TEST(StackPool, unmapsWholeSlabsWhoseStacksComeBackTogether) {
  StackPool::Options options = smallStacks();
  options.keepBytesMax = 0;
  options.stacksPerSlab = 2;
  options.givenTogetherMax = 6;
  options.withoutPages = StackPool::WithoutPages::reads0;
  const Ref<StackPool> pool = makeRef<StackPool>(options);
  Stack stacks[6];
  for (Stack& stack : stacks) stack = usedStack(*pool);
  Stack& stays = stacks[5];
  stays.givePages();
  for (const int comesBack : {0, 2, 1, 3}) stacks[comesBack] = Stack();
  EXPECT_EQ(pool->slabs(), 3u);
  std::byte* const besideIt = stacks[4].bottom();
  stacks[4] = Stack();
  EXPECT_EQ(pool->slabs(), 1u);
  EXPECT_EQ(pool->inUse(), 1u);
  EXPECT_FALSE(anyPageAt(stays.bottom()));
  const Stack again = pool->acquire().value();
  EXPECT_EQ(again.bottom(), besideIt);
  EXPECT_FALSE(anyPageAt(besideIt));
  EXPECT_EQ(pool->inUse(), 2u);
}

// Whether its batch is being filled, is given at this moment, or has been given.
TEST(StackPool, leavesPagesThatWereTakenBackAlone) {
  StackPool::Options options = smallStacks();
  options.keepBytesMax = 0;
  options.givenTogetherMax = 3;
  options.withoutPages = StackPool::WithoutPages::reads0;
  const Ref<StackPool> pool = makeRef<StackPool>(options);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&pool, i] {
      Stack kept = pool->acquire().value();
      for (int n = 0; n < 2'000; ++n) {
        kept.givePages();
        if (n % 3 == i % 3) {
          const Stack released = pool->acquire().value();
          *released.bottom() = std::byte{0xff};
        }
        kept.takePages();
        std::memset(kept.bottom(), n % 100, 64);
        if (n % 2 == 0) std::this_thread::yield();
        for (int at = 0; at < 64; ++at) ASSERT_EQ(std::to_integer<int>(kept.bottom()[at]), n % 100);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(StackPool, servesManyOsThreads) {
  const Ref<StackPool> pool = makeRef<StackPool>(smallStacks());
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&pool, i] {
      for (int n = 0; n < 300; ++n) {
        const Stack one = pool->acquire().value();
        const Stack two = pool->acquire().value();
        std::memset(one.bottom(), i, one.bytes());
        std::memset(two.bottom(), i, two.bytes());
        EXPECT_EQ(std::to_integer<int>(*one.bottom()), i);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_LE(pool->kept(), 4u);
}

}  // namespace
}  // namespace troop
