#include "runtime/sharing/shared-block.h"

#include <gtest/gtest.h>

#include "runtime/sim/sweep.h"
#include "runtime/troop.h"

namespace troop {
namespace {

struct Block final : SharedBlock {
  explicit Block(std::size_t bytes) : SharedBlock(bytes) {}
  ~Block() override = default;
  using SharedBlock::payForMore;
};

TROOP_TEST(SharedBlock, isPaidForByWhoMakesItUntilItsLastReferenceIsGone) {
  const Ref<Budget> memory = Troop::current()->memory();
  const std::size_t before = memory->used();
  {
    auto* const block = new Block(1000);
    Held held = Held::adopt(block->own());
    const Held other = held;
    EXPECT_EQ(memory->used(), before + 1000);
    block->payForMore(500);
    EXPECT_EQ(block->bytes(), 1500);
    held = Held();
    EXPECT_EQ(memory->used(), before + 1500);
  }
  EXPECT_EQ(memory->used(), before);
}

TEST(SharedBlock, costsNobodyAnythingOutsideOfTasks) {
  auto* const block = new Block(1000);
  const Held held = Held::adopt(block->own());
  EXPECT_EQ(block->bytes(), 1000);
}

}  // namespace
}  // namespace troop
