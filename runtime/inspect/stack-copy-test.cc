#include "runtime/inspect/stack-copy.h"

#include <gtest/gtest.h>

#include "runtime/stack/stack-pool.h"

namespace troop {
namespace inspect {
namespace {

struct Suspended {
  Suspended() : fiber(pool->acquire().value(), &run, this) {}
  ~Suspended() {
    if (fiber.started() && !fiber.ended()) fiber.resume();
  }

  static void run(void* self) noexcept {
    auto& here = *static_cast<Suspended*>(self);
    volatile std::uint64_t mark = 0x5eed;
    here.markAt = reinterpret_cast<std::uintptr_t>(&mark);
    here.fiber.suspend();
    EXPECT_EQ(mark, 0x5eedU);
  }

  const Ref<StackPool> pool = makeRef<StackPool>(StackPool::Options{});
  std::uintptr_t markAt = 0;
  Fiber fiber;
};

TEST(StackCopy, isEmptyOfWhatHasNotBegunOrHasEnded) {
  Suspended suspended;
  EXPECT_TRUE(copyOf(suspended.fiber).words.empty());
  suspended.fiber.resume();
  suspended.fiber.resume();
  EXPECT_TRUE(copyOf(suspended.fiber).words.empty());
}

TEST(StackCopy, hasWhatLivesThere) {
  Suspended suspended;
  suspended.fiber.resume();
  const StackCopy copy = copyOf(suspended.fiber);
  EXPECT_EQ(copy.words.size() * sizeof(std::uint64_t), suspended.fiber.liveBytes());
  EXPECT_EQ(copy.from + suspended.fiber.liveBytes(),
            reinterpret_cast<std::uintptr_t>(suspended.fiber.stack().top()));
}

TEST(StackCopy, isTheSameOfOneThatIsCompacted) {
  Suspended suspended;
  suspended.fiber.resume();
  const StackCopy before = copyOf(suspended.fiber);
  suspended.fiber.compact();
  ASSERT_TRUE(suspended.fiber.compacted());
  const StackCopy after = copyOf(suspended.fiber);
  EXPECT_EQ(after.words, before.words);
  EXPECT_EQ(after.from, before.from);
  EXPECT_EQ(after.registers.instruction, before.registers.instruction);
  suspended.fiber.expand();
}

#ifdef __x86_64__
TEST(StackCopy, tellsWhereItGoesOn) {
  Suspended suspended;
  suspended.fiber.resume();
  const StackCopy copy = copyOf(suspended.fiber);
  EXPECT_NE(copy.registers.instruction, 0U);
  EXPECT_GT(copy.registers.stack, copy.from);
}
#endif

}  // namespace
}  // namespace inspect
}  // namespace troop
