#include "proxy/table.h"

#include <gtest/gtest.h>

#include <set>

#include "proxy/testing/endpoints.h"

namespace troop::proxy {
namespace {

using namespace testing;

Capability echo() {
  return Capability(makeRef<Echo>());
}

TEST(Table, findsWhatWasInserted) {
  CapabilityTable table(4);
  const Capability first = echo();
  const Capability second = echo();
  const std::uint32_t a = table.insert(first).value();
  const std::uint32_t b = table.insert(second).value();
  EXPECT_NE(a, b);
  EXPECT_EQ(*table.find(a), first);
  EXPECT_EQ(*table.find(b), second);
  EXPECT_EQ(table.size(), 2u);
}

TEST(Table, givesEachInsertionAHandleOfItsOwn) {
  CapabilityTable table(4);
  const Capability one = echo();
  const std::uint32_t a = table.insert(one).value();
  const std::uint32_t b = table.insert(one).value();
  EXPECT_NE(a, b);
  EXPECT_TRUE(table.release(a));
  EXPECT_EQ(table.find(a), nullptr);
  EXPECT_EQ(*table.find(b), one);
}

TEST(Table, knowsNoOtherHandles) {
  CapabilityTable table(4);
  const std::uint32_t handle = table.insert(echo()).value();
  for (const std::uint32_t wrong :
       {0u, 1u, handle + 1, handle + (1u << 24), ~0u, handle ^ 0x80000000}) {
    EXPECT_EQ(table.find(wrong), nullptr) << wrong;
    EXPECT_FALSE(table.release(wrong)) << wrong;
  }
  EXPECT_EQ(table.size(), 1u);
}

TEST(Table, hasTheHandleZeroForNull) {
  CapabilityTable table(0);
  EXPECT_EQ(table.insert({}).value(), 0u);
  EXPECT_EQ(table.size(), 0u);
  EXPECT_FALSE(table.release(0));
}

TEST(Table, isLimited) {
  CapabilityTable table(2);
  const std::uint32_t first = table.insert(echo()).value();
  EXPECT_TRUE(table.insert(echo()).succeeded());
  const auto refused = table.insert(echo());
  EXPECT_EQ(refused.error().kind(), ErrorKind::overloaded);
  EXPECT_EQ(refused.error().detail(), ErrorDetail::quota);
  EXPECT_TRUE(table.release(first));
  EXPECT_TRUE(table.insert(echo()).succeeded());
}

TEST(Table, releasesOnce) {
  CapabilityTable table(2);
  const std::uint32_t handle = table.insert(echo()).value();
  EXPECT_TRUE(table.release(handle));
  EXPECT_FALSE(table.release(handle));
}

TEST(Table, doesNotTakeAStaleHandleForANewOne) {
  CapabilityTable table(1);
  std::set<std::uint32_t> seen;
  for (unsigned i = 0; i < CapabilityTable::generationMax; ++i) {
    const std::uint32_t handle = table.insert(echo()).value();
    EXPECT_NE(handle, 0u);
    EXPECT_TRUE(seen.insert(handle).second);
    EXPECT_TRUE(table.release(handle));
  }
}

TEST(Table, usesFreedSlotsInTheOrderInWhichTheyBecameFree) {
  CapabilityTable table(3);
  std::vector<std::uint32_t> handles;
  for (int i = 0; i < 3; ++i) handles.push_back(table.insert(echo()).value());
  const auto slotOf = [](std::uint32_t handle) { return handle & 0xffffff; };
  table.release(handles[1]);
  table.release(handles[0]);
  EXPECT_EQ(slotOf(table.insert(echo()).value()), slotOf(handles[1]));
  EXPECT_EQ(slotOf(table.insert(echo()).value()), slotOf(handles[0]));
}

TEST(Table, isPaidFor) {
  const auto payer = makeRef<Budget>();
  {
    CapabilityTable table(1000, payer);
    EXPECT_EQ(payer->used(), 0u);
    for (int i = 0; i < 100; ++i) EXPECT_TRUE(table.insert(echo()).succeeded());
    EXPECT_GE(payer->used(), 100 * sizeof(Capability));
  }
  EXPECT_EQ(payer->used(), 0u);
}

TEST(Table, growsInSmallSteps) {
  const auto payer = makeRef<Budget>();
  CapabilityTable table(20'000, payer);
  const Capability held = echo();
  for (std::size_t i = 0; i < table.capabilitiesMax(); ++i) {
    const std::size_t before = payer->used();
    ASSERT_TRUE(table.insert(held).succeeded());
    ASSERT_LE(payer->used() - before, CapabilityTable::growthBytesMax);
  }
  EXPECT_TRUE(table.insert(held).failed());
}

TEST(Table, thatNobodyCanPayForStaysAsItIs) {
  CapabilityTable table(1000, makeRef<Budget>(2000));
  std::size_t inserted = 0;
  Expected<std::uint32_t> last = table.insert(echo());
  for (; last.succeeded() && inserted < 1000; ++inserted) last = table.insert(echo());
  ASSERT_TRUE(last.failed());
  EXPECT_EQ(last.error().detail(), ErrorDetail::memory);
  EXPECT_GT(inserted, 0u);
  EXPECT_EQ(table.size(), inserted);
}

TEST(Table, listsWhatItHolds) {
  CapabilityTable table(4);
  const Capability kept = echo();
  const std::uint32_t gone = table.insert(echo()).value();
  const std::uint32_t handle = table.insert(kept).value();
  table.release(gone);
  int visits = 0;
  table.forEach([&](std::uint32_t visited, const Capability& capability) {
    ++visits;
    EXPECT_EQ(visited, handle);
    EXPECT_EQ(capability, kept);
  });
  EXPECT_EQ(visits, 1);
}

TEST(Table, mayBeUsedByWhatDiesWhenItIsReleased) {
  CapabilityTable table(2);
  auto keeper = makeRef<Keeper>();
  std::uint32_t other = 0;
  keeper->onDestroy = [&] {
    EXPECT_EQ(table.size(), 0u);
    other = table.insert(echo()).value();
  };
  const std::uint32_t handle = table.insert(Capability(std::move(keeper))).value();
  EXPECT_TRUE(table.release(handle));
  EXPECT_EQ(table.find(handle), nullptr);
  EXPECT_NE(table.find(other), nullptr);
}

TEST(Table, thatIsClearedHoldsNothing) {
  CapabilityTable table(8);
  int destroyed = 0;
  std::vector<std::uint32_t> handles;
  for (int i = 0; i < 5; ++i) {
    auto keeper = makeRef<Keeper>();
    keeper->onDestroy = [&] { ++destroyed; };
    handles.push_back(table.insert(Capability(std::move(keeper))).value());
  }
  table.clear();
  EXPECT_EQ(destroyed, 5);
  EXPECT_EQ(table.size(), 0u);
  for (const std::uint32_t handle : handles) EXPECT_EQ(table.find(handle), nullptr);
  EXPECT_TRUE(table.insert(echo()).succeeded());
}

}  // namespace
}  // namespace troop::proxy
