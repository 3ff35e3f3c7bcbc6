#include "runtime/sharing/shared-map.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "runtime/scope.h"
#include "runtime/sharing/frozen.h"
#include "runtime/sharing/text.h"
#include "runtime/sim/sweep.h"
#include "runtime/task.h"
#include "runtime/troop.h"

namespace troop {
namespace {

using Pages = SharedMap<Text, Frozen<std::string>>;

TEST(SharedMap, givesWhatWasPutThere) {
  const Pages pages = Pages::make();
  EXPECT_FALSE(pages.get("/"));
  EXPECT_FALSE(pages.put("/", freeze(std::string("first"))));
  EXPECT_EQ(**pages.put("/", freeze(std::string("second"))), "first");
  EXPECT_EQ(**pages.get("/"), "second");
  EXPECT_TRUE(pages.contains("/"));
  EXPECT_FALSE(pages.insert("/", freeze(std::string("third"))));
  EXPECT_TRUE(pages.insert("/new", freeze(std::string("new"))));
  EXPECT_EQ(pages.size(), 2);
  EXPECT_EQ(**pages.remove("/"), "second");
  EXPECT_FALSE(pages.remove("/"));
  EXPECT_EQ(pages.size(), 1);
}

TEST(SharedMap, replacesWhatIsExpected) {
  const SharedMap<int, int> map = SharedMap<int, int>::make();
  EXPECT_FALSE(map.replace(1, 0, 10));
  map.put(1, 10);
  EXPECT_FALSE(map.replace(1, 11, 12));
  EXPECT_TRUE(map.replace(1, 10, 12));
  EXPECT_EQ(map.get(1), 12);
}

TEST(SharedMap, listsItsEntries) {
  const SharedMap<int, int> map = SharedMap<int, int>::make();
  for (int i = 0; i < 1000; ++i) map.put(i, -i);
  auto entries = map.entries();
  std::ranges::sort(entries);
  ASSERT_EQ(entries.size(), 1000);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(entries[i], std::pair(i, -i));
}

TROOP_TEST(SharedMap, losesNoStepOfAnybody) {
  const SharedMap<int, int> counts = SharedMap<int, int>::make();
  for (int key = 0; key < 3; ++key) counts.put(key, 0);
  {
    Scope scope;
    for (int thread = 0; thread < 4; ++thread) {
      scope.thread(
          [](SharedMap<int, int> shared, int number) {
            for (int i = 0; i < 30; ++i) {
              int before = *shared.get(i % 3);
              while (!shared.replace(i % 3, before, before + 1)) before = *shared.get(i % 3);
              shared.put(100 + number, i);
              if (i % 7 == 0) yield();
            }
          },
          counts, thread);
    }
  }
  for (int key = 0; key < 3; ++key) EXPECT_EQ(counts.get(key), 40);
  EXPECT_EQ(counts.size(), 7);
}

TROOP_TEST(SharedMap, entriesArePaidForByWhoPutsThemUntilTheyAreGone) {
  const Ref<Budget> memory = Troop::current()->memory();
  const std::size_t before = memory->used();
  {
    const SharedMap<int, std::string> map = SharedMap<int, std::string>::make();
    map.put(1, std::string(1000, 'x'));
    EXPECT_GE(memory->used(), before + 1000);
    map.put(1, "short");
    EXPECT_LT(memory->used(), before + 1000);
    map.put(2, std::string(1000, 'x'));
    map.remove(2);
    EXPECT_LT(memory->used(), before + 1000);
  }
  EXPECT_EQ(memory->used(), before);
}

TROOP_TEST(SharedMap, staysAsItWasWhereTheTroopCannotPay) {
  const SharedMap<int, std::string> map = SharedMap<int, std::string>::make();
  map.put(1, "kept");
  const Ref<Troop> poor =
      Process::current()->troop({.name = "poor", .memoryBytesMax = std::size_t{1} << 20});
  poor->thread(
          {},
          [](SharedMap<int, std::string> shared) {
            EXPECT_THROW(shared.put(1, std::string(2 << 20, 'x')), Error);
            EXPECT_THROW(shared.put(2, std::string(2 << 20, 'x')), Error);
          },
          map)
      ->join()
      .value();
  EXPECT_EQ(map.get(1), "kept");
  EXPECT_FALSE(map.contains(2));
}

}  // namespace
}  // namespace troop
