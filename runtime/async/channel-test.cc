#include "runtime/async/channel.h"

#include <gtest/gtest.h>

#include <optional>

#include "runtime/async/async.h"
#include "runtime/async/wait.h"
#include "runtime/sim/sweep.h"
#include "runtime/task.h"

namespace troop {
namespace {

Async<void> sendAll(Sender<int> out, int from, int to) {
  for (int i = from; i < to; ++i) (co_await async::send(out, i)).value();
}

Async<int> sumOf(Receiver<int> in) {
  int sum = 0;
  while (std::optional<int> value = co_await async::receive(in)) sum += *value;
  co_return sum;
}

TROOP_TEST(AsyncChannel, losesAndDoublesNothingBetweenCoroutinesTasksAndThreads) {
  auto [sender, receiver] = channel<int>(2);
  Scope scope;
  scope.async(sendAll(sender, 0, 20));
  scope.async(sendAll(sender, 20, 40));
  scope.task([out = sender]() mutable {
    for (int i = 40; i < 60; ++i) out.send(i).value();
  });
  scope.thread(
      [](Sender<int> out) {
        for (int i = 60; i < 80; ++i) out.send(i).value();
      },
      std::move(sender));
  Future<int> first = scope.future(sumOf(receiver));
  Future<int> second = scope.future(sumOf(receiver));
  int sum = 0;
  while (std::optional<int> value = receiver.receive()) sum += *value;
  EXPECT_EQ(sum + first.get().value() + second.get().value(), 80 * 79 / 2);
}

// A plain receive() of the only Receiver takes along what else is there.
TROOP_TEST(AsyncChannel, receivesWhatAPlainReceiveHasTakenAlong) {
  auto [sender, receiver] = channel<int>(4);
  for (int i = 0; i < 4; ++i) sender.send(i).value();
  EXPECT_EQ(receiver.receive(), 0);
  const auto one = [](const Receiver<int>& in) -> Async<std::optional<int>> {
    co_return co_await async::receive(in);
  };
  EXPECT_EQ(await(one(receiver)), 1);
  sender.send(4).value();
  EXPECT_TRUE(sender.trySend(5).succeeded());
  EXPECT_TRUE(sender.trySend(6).failed());
  for (int i = 2; i < 6; ++i) EXPECT_EQ(receiver.receive(), i);
}

TROOP_TEST(AsyncChannel, sendsAsSoonAsAPlainReceiveMakesRoom) {
  auto [sender, receiver] = channel<int>(2);
  for (int i = 0; i < 2; ++i) sender.send(i).value();
  EXPECT_EQ(receiver.receive(), 0);
  sender.send(2).value();
  Scope scope;
  scope.async(sendAll(std::move(sender), 3, 10));
  yield();
  for (int i = 1; i < 10; ++i) EXPECT_EQ(receiver.receive(), i);
}

TROOP_TEST(AsyncChannel, tellsWhenTheOtherSideIsGone) {
  const auto work = []() -> Async<void> {
    auto [sender, receiver] = channel<int>(1);
    EXPECT_TRUE(co_await async::send(sender, 1));
    {
      const Sender<int> last = std::move(sender);
    }
    EXPECT_EQ(co_await async::receive(receiver), 1);
    EXPECT_EQ(co_await async::receive(receiver), std::nullopt);
    auto [out, in] = channel<int>(1);
    {
      const Receiver<int> last = std::move(in);
    }
    EXPECT_EQ((co_await async::send(out, 1)).error().kind(), ErrorKind::disconnected);
  };
  await(work());
}

TROOP_TEST(AsyncChannel, waitsNoLongerThanTheDeadline) {
  const auto work = []() -> Async<void> {
    auto [sender, receiver] = channel<int>(1);
    EXPECT_EQ((co_await async::receiveUntil(receiver, after(1ms))).error().detail(),
              ErrorDetail::deadline);
    EXPECT_TRUE(co_await async::send(sender, 1));
    EXPECT_EQ((co_await async::send(sender, 2, after(1ms))).error().detail(),
              ErrorDetail::deadline);
    EXPECT_EQ(co_await async::receive(receiver), 1);
  };
  await(work());
}

TROOP_TEST(AsyncChannel, losesNoValueThatWasAlreadyPromised) {
  auto [sender, receiver] = channel<int>(1);
  int received = 0;
  inScope({}, [&, &out = sender, &in = receiver](Scope& scope) {
    scope.async([&]() -> Async<void> {
      if (co_await async::receive(in)) ++received;
    });
    yield();
    out.send(1).value();
    scope.cancel();
  });
  const int left = receiver.tryReceive() ? 1 : 0;
  EXPECT_EQ(received + left, 1);
}

}  // namespace
}  // namespace troop
