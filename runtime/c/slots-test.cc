#include "runtime/c/slots.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "runtime/process.h"
#include "runtime/scope.h"
#include "runtime/sendable.h"
#include "runtime/sim/sweep.h"
#include "runtime/task.h"
#include "runtime/thread.h"
#include "runtime/troop.h"

namespace troop {
namespace c {
namespace {

Ref<TroopSlot> slot(void (*destructor)(void*) = nullptr) {
  return makeRef<TroopSlot>(destructor);
}

TROOP_TEST(Slots, areOfOneThreadEach) {
  const Ref<TroopSlot> first = slot(), second = slot();
  int one = 1, two = 2;
  EXPECT_EQ(SlotValues::get(*first), nullptr);
  SlotValues::set(*first, &one);
  SlotValues::set(*second, &two);
  {
    Scope scope;
    scope.thread(
        [](TroopSlot* others, int* value) {
          EXPECT_EQ(SlotValues::get(*others), nullptr);
          SlotValues::set(*others, value);
          yield();
          EXPECT_EQ(SlotValues::get(*others), value);
        },
        assumeSendable(first.get()), assumeSendable(&two));
    // Tasks of one Thread share them.
    scope.task([&] { EXPECT_EQ(SlotValues::get(*first), &one); });
  }
  EXPECT_EQ(SlotValues::get(*first), &one);
  SlotValues::set(*first, nullptr);
  EXPECT_EQ(SlotValues::get(*first), nullptr);
  EXPECT_EQ(SlotValues::get(*second), &two);
}

TROOP_TEST(Slots, areDestroyedAfterTheLastTaskAndBeforeJoinReturns) {
  const Ref<TroopSlot> counted = slot([](void* value) {
    yield();  // may wait
    ++*static_cast<int*>(value);
  });
  int destroyed = 0;
  const Ref<Thread> thread = Process::current()->root().thread(
      {},
      [](TroopSlot* of, int* value) {
        SlotValues::set(*of, value);
        yield();
        EXPECT_EQ(*value, 0);
      },
      assumeSendable(counted.get()), assumeSendable(&destroyed));
  EXPECT_TRUE(thread->join());
  EXPECT_EQ(destroyed, 1);
}

TROOP_TEST(Slots, arePaidByTheTroopOfTheThread) {
  const Ref<Troop> guest = Process::current()->troop({.name = "guest"});
  std::vector<Ref<TroopSlot>> slots;
  for (int i = 0; i < 100; ++i) slots.push_back(slot());
  std::size_t more = 0;
  const Ref<Thread> thread = guest->thread(
      {},
      [](const std::vector<Ref<TroopSlot>>* all, std::size_t* bytes) {
        const std::size_t before = Troop::current()->memory()->used();
        for (const Ref<TroopSlot>& each : *all) SlotValues::set(*each, bytes);
        *bytes = Troop::current()->memory()->used() - before;
      },
      assumeSendable(&slots), assumeSendable(&more));
  EXPECT_TRUE(thread->join());
  EXPECT_GE(more, 100 * sizeof(void*));
  EXPECT_EQ(guest->memory()->used(), 0u);
}

TEST(Slots, areOfOneOsThreadEach) {
  const Ref<TroopSlot> counted = slot([](void* value) { ++*static_cast<int*>(value); });
  int destroyed = 0;
  std::thread([&] {
    EXPECT_EQ(SlotValues::get(*counted), nullptr);
    SlotValues::set(*counted, &destroyed);
    EXPECT_EQ(SlotValues::get(*counted), &destroyed);
  }).join();
  EXPECT_EQ(destroyed, 1);
  EXPECT_EQ(SlotValues::get(*counted), nullptr);
}

TEST(Slots, areGivenUpWhereDestructorsLeaveValuesForEver) {
  static TroopSlot* itself;
  static int rounds;
  rounds = 0;
  const Ref<TroopSlot> restless = slot([](void* value) {
    ++rounds;
    SlotValues::set(*itself, value);
  });
  itself = restless.get();
  std::thread([] { SlotValues::set(*itself, &rounds); }).join();
  EXPECT_EQ(rounds, SlotValues::roundsMax);
}

}  // namespace
}  // namespace c
}  // namespace troop
