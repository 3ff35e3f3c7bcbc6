#include "runtime/sharing/entrance.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "runtime/scope.h"
#include "runtime/sim/sweep.h"
#include "runtime/task.h"

namespace troop {
namespace {

// Destroyed by whoever leaves it last, at once, as an object is that has its mutex in it.
struct Room {
  Entrance entrance;
  int visitors = 0;  // still to come; of who is inside

  void visit(bool letsOthersRun) {
    const Entrance::Owner owner = entrance.enter("a room");
    if (letsOthersRun) yield();
    const bool last = --visitors == 0;
    entrance.leave(owner);
    if (last) delete this;
  }
};

constinit Entrance madeBeforeAnythingRuns;

TEST(Entrance, isThereBeforeAnythingRuns) {
  madeBeforeAnythingRuns.leave(madeBeforeAnythingRuns.enter("a room"));
}

TROOP_TEST(Entrance, whoHasLeftTouchesItNoMore) {
  for (int round = 0; round < 20; ++round) {
    auto* room = new Room{.entrance = {}, .visitors = 4};
    Scope scope;
    for (int i = 0; i < 4; ++i) {
      scope.thread([](Room* to, bool letsOthersRun) { to->visit(letsOthersRun); },
                   assumeSendable(room), i % 2 == 0);
    }
  }
}

TEST(Entrance, whoHasLeftTouchesItNoMoreAlsoAmongOsThreads) {
  for (int round = 0; round < 200; ++round) {
    auto* room = new Room{.entrance = {}, .visitors = 3};
    std::vector<std::jthread> threads;
    for (int i = 0; i < 3; ++i) threads.emplace_back([room, i] { room->visit(i == 0); });
  }
}

// Who was about to be woken has given up, so that who leaves finds its mark and nobody to wake.
TROOP_TEST(Entrance, isFreeAfterWhoWaitedHasGivenUp) {
  Entrance entrance;
  const Entrance::Owner owner = entrance.enter("a room");
  {
    Scope scope;
    scope.task([&] { EXPECT_TRUE(entrance.enterBy(after(1ms), "a room").failed()); });
  }
  entrance.leave(owner);
  Scope scope;
  scope.task([&] { entrance.leave(entrance.enter("a room")); });
}

TROOP_TEST(Entrance, isNotEnteredTwiceByTheSame) {
  Entrance entrance;
  const Entrance::Owner owner = entrance.enter("a room");
  try {
    entrance.enter("a room");
    ADD_FAILURE() << "it was entered";
  } catch (const Error& error) {
    EXPECT_EQ(error.detail(), ErrorDetail::deadlock);
  }
  EXPECT_TRUE(entrance.isInside(owner));
  entrance.leave(owner);
  EXPECT_FALSE(entrance.isInside(owner));
}

TEST(EntranceDeathTest, whoIsNotInsideDoesNotLeave) {
  testing::GTEST_FLAG(death_test_style) = "threadsafe";
  EXPECT_DEATH(
      {
        Entrance entrance;
        entrance.leave(Entrance::ownerOf(Waiter::ofCaller()));
      },
      "who leaves a mutex is who has entered it");
}

}  // namespace
}  // namespace troop
