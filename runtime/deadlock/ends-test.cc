#include "runtime/deadlock/ends.h"

#include <gtest/gtest.h>

#include <optional>
#include <string_view>
#include <vector>

#include "runtime/channel.h"
#include "runtime/deadlock/used-here-only.h"
#include "runtime/deadlock/watch.h"
#include "runtime/process.h"
#include "runtime/sched/control-block.h"
#include "runtime/sched/current.h"
#include "runtime/scope.h"
#include "runtime/sim/sweep.h"
#include "runtime/task.h"
#include "runtime/thread.h"

namespace troop::deadlock {
namespace {

Ends& ends() {
  return Watch::endsOf(*Process::current());
}

// The only Thread that has declared something, once it waits.
RestingThread whoWaits() {
  for (;;) {
    std::vector<RestingThread> threads = ends().atRest();
    if (threads.size() == 1 && threads[0].wasAtRest && threads[0].tasks[0].forEver) {
      return std::move(threads[0]);
    }
    yield();
  }
}

TROOP_TEST(Ends, areThoseOfThreadsAtRest) {
  auto [sender, receiver] = channel<int>(1);
  auto [own, other] = channel<int>(1);
  Scope scope;
  scope.thread(
      [](Receiver<int> in, Sender<int> out, Receiver<int> moved) {
        const UsedHereOnly here(in, out, moved);
        const Receiver<int> away = std::move(moved);
        EXPECT_EQ(in.receive(), 1);
      },
      std::move(receiver), std::move(own), std::move(other));
  {
    const RestingThread resting = whoWaits();
    ASSERT_EQ(resting.tasks.size(), 1u);
    EXPECT_EQ(std::string_view(resting.tasks[0].what), "a value in a channel");
    EXPECT_NE(resting.tasks[0].declared, 0u);
    ASSERT_EQ(resting.held.size(), 2u);
    EXPECT_EQ(resting.held[0].side, EndSide::receiving);
    EXPECT_EQ(resting.held[1].side, EndSide::sending);
    EXPECT_NE(resting.held[0].channel, resting.held[1].channel);
    ChannelSight sight;
    resting.held[0].kind->look(*resting.held[0].channel, sight);
    EXPECT_EQ(sight.sending.handles, 1u);
    EXPECT_EQ(sight.receiving.handles, 1u);
    ASSERT_EQ(sight.receiving.waiters, 1u);
    EXPECT_TRUE(sight.receiving.waiting[0].alone);
  }
  sender.send(1).value();
  scope.join();
  EXPECT_TRUE(ends().empty());
}

TROOP_TEST(Ends, giveARefusalToTheWaitThatItIsFor) {
  auto [sender, receiver] = channel<int>(1);
  const UsedHereOnly first(sender), second(receiver);
  EXPECT_FALSE(ends().empty());
  const Task& me = *current()->task;
  EXPECT_FALSE(ends().refusal(me).has_value());
  const Error error(ErrorKind::failed, "no", ErrorDetail::deadlock);
  ends().refuse(&me.thread(), &me, me.ticket() + 1, error);
  EXPECT_FALSE(ends().refusal(me).has_value());
  ends().refuse(&me.thread(), &me, me.ticket(), error);
  ASSERT_TRUE(ends().refusal(me).has_value());
  EXPECT_EQ(ends().refusal(me)->reason(), "no");
  // Of nobody.
  ends().refuse(nullptr, nullptr, 1, error);
}

}  // namespace
}  // namespace troop::deadlock
