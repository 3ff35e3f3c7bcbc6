#include "runtime/sharing/shared-queue.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "runtime/scope.h"
#include "runtime/sharing/isolated.h"
#include "runtime/sim/sweep.h"
#include "runtime/task.h"
#include "runtime/troop.h"

namespace troop {
namespace {

TEST(SharedQueue, isFirstInFirstOutAndBounded) {
  const SharedQueue<int> queue = SharedQueue<int>::make(3);
  EXPECT_FALSE(queue.tryPop());
  for (int round = 0; round < 5; ++round) {
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(queue.tryPush(int{i}).succeeded());
    const Expected<void> full = queue.tryPush(9);
    ASSERT_TRUE(full.failed());
    EXPECT_EQ(full.error().reason(), "the queue is full (3 values)");
    EXPECT_EQ(queue.tryPop(), 0);
    EXPECT_TRUE(queue.tryPush(3).succeeded());
    EXPECT_EQ(queue.size(), 3);
    for (int i = 1; i < 4; ++i) EXPECT_EQ(queue.tryPop(), i);
    EXPECT_EQ(queue.size(), 0);
  }
}

TEST(SharedQueue, leavesWhatItHasNoRoomFor) {
  const SharedQueue<Isolated<std::string>> queue = SharedQueue<Isolated<std::string>>::make(1);
  EXPECT_TRUE(queue.tryPush(Isolated<std::string>::make("first")).succeeded());
  Isolated<std::string> second = Isolated<std::string>::make("second");
  EXPECT_TRUE(queue.tryPush(std::move(second)).failed());
  EXPECT_TRUE(second);  // NOLINT(bugprone-use-after-move): that is what is tested
  EXPECT_EQ(**queue.tryPop(), "first");
}

TEST(SharedQueue, hasRoomForSomething) {
  EXPECT_THROW(SharedQueue<int>::make(0), Error);
}

TROOP_TEST(SharedQueue, isPaidForAsLongAsSomebodyHasIt) {
  const Ref<Budget> memory = Troop::current()->memory();
  const std::size_t before = memory->used();
  {
    const SharedQueue<int> queue = SharedQueue<int>::make(1000);
    EXPECT_GE(memory->used(), before + 1000 * sizeof(int));
  }
  EXPECT_EQ(memory->used(), before);
}

TROOP_TEST(SharedQueue, givesEachValueToOneThread) {
  constexpr int values = 50;
  const SharedQueue<int> queue = SharedQueue<int>::make(4);
  const SharedQueue<int> results = SharedQueue<int>::make(100);
  {
    Scope scope;
    for (int thread = 0; thread < 2; ++thread) {
      scope.thread(
          [](SharedQueue<int> to, int first) {
            for (int i = 0; i < values; ++i) {
              while (to.tryPush(first + i).failed()) yield();
            }
          },
          queue, thread * values);
      scope.thread(
          [](SharedQueue<int> from, SharedQueue<int> to) {
            for (int i = 0; i < values; ++i) {
              std::optional<int> value;
              while (!(value = from.tryPop())) yield();
              to.tryPush(int{*value}).value();
            }
          },
          queue, results);
    }
  }
  std::vector<bool> seen(2 * values);
  while (const std::optional<int> value = results.tryPop()) {
    EXPECT_FALSE(seen.at(*value));
    seen.at(*value) = true;
  }
  EXPECT_EQ(seen, std::vector<bool>(2 * values, true));
}

}  // namespace
}  // namespace troop
