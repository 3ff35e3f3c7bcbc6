#include "sandbox/wasm/instance/guest-memory.h"

#include <gtest/gtest.h>

namespace troop::sandbox::wasm {
namespace {

TEST(GuestMemory, reservesWhatIsLeftAndGivesBackWhatWasNotUsed) {
  const auto budget = makeRef<Budget>(1000);
  GuestMemory memory(budget, 100);
  EXPECT_EQ(budget->used(), 100u);
  memory.reserve();
  EXPECT_EQ(memory.linearMax(), 1000u);
  EXPECT_EQ(budget->used(), 1000u);
  EXPECT_EQ(memory.used(), 100u);
  memory.settle(300);
  EXPECT_EQ(budget->used(), 300u);
  EXPECT_EQ(memory.linearMax(), 300u);
  EXPECT_EQ(memory.peak(), 300u);
}

TEST(GuestMemory, refusesAFirstSizeOverTheLimit) {
  EXPECT_THROW(GuestMemory(makeRef<Budget>(1000), 1001), Error);
}

TEST(GuestMemory, concedesFromTheReservationWhatTheHostHasToKeep) {
  const auto budget = makeRef<Budget>(1000);
  GuestMemory memory(budget, 100);
  memory.reserve();
  EXPECT_FALSE(budget->take(1));
  memory.concede(400, 250);  // it has grown to 250 meanwhile
  EXPECT_EQ(memory.linearMax(), 600u);
  EXPECT_TRUE(budget->take(400));
  memory.concede(400, 250);  // no more than what is not in use
  EXPECT_EQ(memory.linearMax(), 250u);
  memory.settle(250);
  EXPECT_EQ(budget->used(), 650u);
  EXPECT_EQ(memory.used(), 650u);
  budget->give(400);
  memory.release();
  EXPECT_EQ(budget->used(), 0u);
}

TEST(GuestMemory, concedesNothingOfWhatLinearMemoryHadFromTheStart) {
  const auto budget = makeRef<Budget>(1000);
  GuestMemory memory(budget, 900);
  memory.reserve();
  memory.concede(500, 0);  // its start function runs: nobody has seen its memory
  EXPECT_EQ(memory.linearMax(), 900u);
  EXPECT_EQ(budget->remaining(), 100u);
  EXPECT_TRUE(budget->take(100));
  memory.settle(900);
  EXPECT_EQ(budget->used(), 1000u);
  budget->give(100);
}

TEST(GuestMemory, leavesOthersHalfOfWhatIsShared) {
  const auto shared = makeRef<Budget>(1000);
  const auto budget = makeRef<Budget>(shared, 5000);
  GuestMemory memory(budget, 200);
  memory.reserve();
  EXPECT_EQ(memory.linearMax(), 600u);
  EXPECT_EQ(shared->remaining(), 400u);
}

TEST(GuestMemory, givesEverythingBackInTheEnd) {
  const auto budget = makeRef<Budget>(1000);
  {
    GuestMemory memory(budget, 100);
    memory.reserve();
  }
  EXPECT_EQ(budget->used(), 0u);
  {
    GuestMemory memory(budget, 100);
    memory.reserve();
    memory.settle(700);
    memory.release();
    memory.release();
    EXPECT_EQ(budget->used(), 0u);
    EXPECT_EQ(memory.peak(), 700u);
  }
  EXPECT_EQ(budget->used(), 0u);
}

TEST(GuestMemory, theStackIsChargedAsDeepAsItEverWas) {
  const auto budget = makeRef<Budget>(1000);
  {
    GuestMemory memory(budget, 100);
    EXPECT_TRUE(memory.chargeStack(300));
    EXPECT_TRUE(memory.chargeStack(200));
    EXPECT_EQ(memory.used(), 400u);
    EXPECT_EQ(memory.peak(), 400u);
    EXPECT_FALSE(memory.chargeStack(901));
    EXPECT_EQ(memory.used(), 400u);
    EXPECT_TRUE(memory.chargeStack(900));
    memory.release();
    EXPECT_EQ(budget->used(), 0u);
  }
  EXPECT_EQ(budget->used(), 0u);
}

}  // namespace
}  // namespace troop::sandbox::wasm
