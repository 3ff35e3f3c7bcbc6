#include "sandbox/wasm/instance/slot-table.h"

#include <gtest/gtest.h>

#include <set>

namespace troop::sandbox::wasm {
namespace {

TEST(SlotTable, findsWhatWasAddedUntilItIsRemoved) {
  SlotTable<int> table;
  const std::uint32_t one = table.add(std::make_unique<int>(1));
  const std::uint32_t two = table.add(std::make_unique<int>(2));
  EXPECT_EQ(*table.find(one), 1);
  EXPECT_EQ(*table.find(two), 2);
  EXPECT_EQ(*table.remove(one), 1);
  EXPECT_EQ(table.find(one), nullptr);
  EXPECT_EQ(table.remove(one), nullptr);
  EXPECT_EQ(table.size(), 1u);
}

TEST(SlotTable, idsArePositiveAndNotGivenAgainForALongTime) {
  SlotTable<int> table;
  std::set<std::uint32_t> seen;
  for (int i = 0; i < 128; ++i) {
    const std::uint32_t id = table.add(std::make_unique<int>(i));
    EXPECT_GT(static_cast<std::int32_t>(id), 0);
    EXPECT_TRUE(seen.insert(id).second);
    table.remove(id);
  }
}

TEST(SlotTable, guessedIdsFindNothing) {
  SlotTable<int> table;
  const std::uint32_t id = table.add(std::make_unique<int>(1));
  for (std::uint32_t guess :
       {0u, 2u, id + (1u << 24), id | 0x80000000u, 0xffffffffu, 0x00ffffffu}) {
    EXPECT_EQ(table.find(guess), nullptr) << guess;
  }
}

TEST(SlotTable, removingAllGivesAll) {
  SlotTable<int> table;
  for (int i = 0; i < 10; ++i) table.add(std::make_unique<int>(i));
  EXPECT_EQ(table.removeAll().size(), 10u);
  EXPECT_EQ(table.size(), 0u);
  EXPECT_TRUE(table.removeAll().empty());
}

}  // namespace
}  // namespace troop::sandbox::wasm
