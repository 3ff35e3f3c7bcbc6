#include "runtime/sharing/shared-block.h"

#include <gtest/gtest.h>

#include "runtime/sim/sweep.h"
#include "runtime/troop.h"

namespace troop {
namespace {

struct Block final : SharedBlock {
  explicit Block(std::size_t bytes) : SharedBlock(chargeCaller(bytes)) {}
};

TROOP_TEST(SharedBlock, isPaidForByWhoMakesItUntilItsLastReferenceIsGone) {
  const Ref<Budget> memory = Troop::current()->memory();
  const std::size_t before = memory->used();
  Ref<Block> block = makeRef<Block>(std::size_t{1000});
  const Ref<Block> other = block;
  EXPECT_EQ(block->bytes(), 1000);
  block.reset();
  EXPECT_EQ(memory->used(), before + 1000);
}

TEST(SharedBlock, costsNobodyAnythingOutsideOfTasks) {
  EXPECT_EQ(makeRef<Block>(std::size_t{1000})->bytes(), 0);
}

}  // namespace
}  // namespace troop
