#include "runtime/async/select.h"

#include <gtest/gtest.h>

#include <optional>
#include <span>
#include <thread>
#include <vector>

#include "runtime/async/async.h"
#include "runtime/async/wait.h"
#include "runtime/event.h"
#include "runtime/sim/sweep.h"
#include "runtime/task.h"

namespace troop {
namespace {

constexpr auto ignore = [](const auto&) {};

TROOP_TEST(Select, takesWhatIsReadyAndNothingElse) {
  auto [sender, receiver] = channel<int>(1);
  auto [other, empty] = channel<int>(1);
  sender.send(5).value();
  int got = 0;
  const auto gets = [&](std::optional<int> value) { got = value.value(); };
  EXPECT_EQ(select(whenReceived(empty, ignore), whenReceived(receiver, gets)), 1u);
  EXPECT_EQ(got, 5);
  EXPECT_EQ(select(whenReceived(empty, ignore), whenSent(other, 7, ignore)), 1u);
  EXPECT_EQ(empty.tryReceive().value(), 7);
  EXPECT_TRUE(receiver.tryReceive().failed());
}

TROOP_TEST(Select, waitsForTheFirstThatBecomesReady) {
  auto [sender, receiver] = channel<int>(1);
  auto [full, drained] = channel<int>(1);
  full.send(1).value();
  Scope scope;
  scope.task([&, in = drained]() mutable {
    sleep(1ms);
    EXPECT_EQ(in.receive(), 1);
  });
  bool sent = false;
  EXPECT_EQ(
      select(whenReceived(receiver, ignore),
             whenSent(full, 2, [&](const Expected<void>& result) { sent = result.succeeded(); })),
      1u);
  EXPECT_TRUE(sent);
  EXPECT_EQ(drained.receive(), 2);
}

TROOP_TEST(Select, takesWhatAPlainReceiveHasTakenAlong) {
  auto [sender, receiver] = channel<int>(3);
  auto [other, empty] = channel<int>(1);
  for (int i = 0; i < 3; ++i) sender.send(i).value();
  EXPECT_EQ(receiver.receive(), 0);
  int got = 0;
  const auto gets = [&](std::optional<int> value) { got = value.value(); };
  EXPECT_EQ(select(whenReceived(empty, ignore), whenReceived(receiver, gets)), 1u);
  EXPECT_EQ(got, 1);
  EXPECT_EQ(receiver.receive(), 2);
}

TROOP_TEST(Select, sendsAsSoonAsAPlainReceiveMakesRoom) {
  auto [sender, receiver] = channel<int>(2);
  auto [other, empty] = channel<int>(1);
  for (int i = 0; i < 2; ++i) sender.send(i).value();
  EXPECT_EQ(receiver.receive(), 0);
  sender.send(2).value();
  Scope scope;
  scope.task([&out = sender, &in = empty] {
    EXPECT_EQ(select(whenReceived(in, ignore), whenSent(out, 3, ignore)), 1u);
  });
  yield();
  for (int i = 1; i < 4; ++i) EXPECT_EQ(receiver.receive(), i);
}

TROOP_TEST(Select, passesAtItsTimeOrAtOnce) {
  auto [sender, receiver] = channel<int>(1);
  bool passed = false;
  EXPECT_EQ(select(whenReceived(receiver, ignore), whenPassed(after(1ms), [&] { passed = true; }),
                   whenPassed(after(1h), [] {})),
            1u);
  EXPECT_TRUE(passed);
  EXPECT_EQ(select(whenReceived(receiver, ignore), otherwise([] {})), 1u);
  sender.send(1).value();
  EXPECT_EQ(select(whenReceived(receiver, ignore), otherwise([] {})), 0u);
}

TROOP_TEST(Select, tellsThatTheOtherSideIsGone) {
  auto [sender, receiver] = channel<int>(1);
  auto [other, silent] = channel<int>(1);
  bool told = false;
  Scope scope;
  scope.task([last = std::move(sender)] { sleep(1ms); });
  EXPECT_EQ(select(whenReceived(receiver, [&](std::optional<int> value) { told = !value; }),
                   whenReceived(silent, ignore)),
            0u);
  EXPECT_TRUE(told);
  auto [out, in] = channel<int>(1);
  out.send(1).value();
  scope.task([last = std::move(in)] { sleep(1ms); });
  EXPECT_EQ(select(whenSent(out, 2, [&](const Expected<void>& sent) { told = sent.succeeded(); }),
                   whenReceived(silent, ignore)),
            0u);
  EXPECT_FALSE(told);
}

// As many channels as a test asks for.
struct Channels {
  explicit Channels(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      auto [sender, receiver] = channel<int>(1);
      senders.push_back(std::move(sender));
      receivers.push_back(std::move(receiver));
    }
  }
  std::vector<Sender<int>> senders;
  std::vector<Receiver<int>> receivers;
};

TROOP_TEST(Select, receivesFromAsManyChannelsAsThereAre) {
  for (const std::size_t count : {1u, 2u, 30u}) {
    Channels channels(count);
    std::vector<int> got(count);
    const auto gets = [&](std::size_t i, std::optional<int> value) { got[i] = value.value(); };
    Scope scope;
    for (std::size_t i = 0; i < count; ++i) {
      scope.thread(
          [](Sender<int> to, int value) {
            if (value % 2 == 0) yield();
            to.send(value).value();
          },
          channels.senders[i], static_cast<int>(i) + 1);
    }
    for (std::size_t i = 0; i < count; ++i) {
      EXPECT_LT(selectOf(channels.receivers, gets), count);
    }
    for (std::size_t i = 0; i < count; ++i) EXPECT_EQ(got[i], i + 1);
    EXPECT_EQ(selectOf(std::span<const Receiver<int>>(channels.receivers), gets, after(1ms)),
              count);
  }
}

TROOP_TEST(Select, ofManyTellsWhichOneHasEnded) {
  Channels channels(5);
  channels.senders.erase(channels.senders.begin() + 3);
  bool ended = false;
  const auto asks = [&](std::size_t, const std::optional<int>& value) { ended = !value; };
  EXPECT_EQ(selectOf(channels.receivers, asks), 3u);
  EXPECT_TRUE(ended);
  channels.receivers.clear();
  EXPECT_EQ(selectOf(channels.receivers, asks), 0u);
}

TROOP_TEST(Select, ofManyIsCancelled) {
  Channels channels(3);
  bool received = false;
  inScope({}, [&](Scope& scope) {
    scope.task([&] {
      selectOf(channels.receivers,
               [&](std::size_t, const std::optional<int>&) { received = true; });
    });
    scope.async([&]() -> Async<void> {
      co_await async::selectOf(channels.receivers,
                               [&](std::size_t, const std::optional<int>&) { received = true; });
    });
    yield();
    scope.cancel();
  });
  EXPECT_FALSE(received);
  channels.senders[2].send(1).value();
  EXPECT_EQ(channels.receivers[2].tryReceive().value(), 1);
}

TROOP_TEST(Select, ofManyAwaitsInCoroutines) {
  Channels channels(4);
  int sum = 0;
  const auto adds = [&](std::size_t, std::optional<int> value) { sum += value.value(); };
  Scope scope;
  scope.async([&]() -> Async<void> {
    for (int i = 0; i < 4; ++i) co_await async::selectOf(channels.receivers, adds);
    EXPECT_EQ(co_await async::selectOf(channels.receivers, adds, after(1ms)), 4u);
    EXPECT_EQ(co_await async::selectOf(std::vector<Receiver<int>>(), adds), 0u);
  });
  scope.task([&] {
    for (int i = 3; i >= 0; --i) {
      yield();
      channels.senders[i].send(i + 1).value();
    }
  });
  scope.join();
  EXPECT_EQ(sum, 10);
}

TROOP_TEST(Select, isFairBetweenWhatIsReady) {
  auto [first, fromFirst] = channel<int>(1);
  auto [second, fromSecond] = channel<int>(1);
  auto [third, fromThird] = channel<int>(1);
  int counts[3] = {};
  const auto counting = [&](int i) { return [&, i](const std::optional<int>&) { ++counts[i]; }; };
  for (int i = 0; i < 300; ++i) {
    (void)first.trySend(0);
    (void)third.trySend(0);
    select(whenReceived(fromFirst, counting(0)), whenReceived(fromSecond, counting(1)),
           whenReceived(fromThird, counting(2)));
  }
  EXPECT_GE(counts[0], 75);
  EXPECT_GE(counts[2], 75);
  EXPECT_EQ(counts[1], 0);
}

void produce(Sender<int> out, int from, int to) {
  for (int i = from; i < to; ++i) out.send(i).value();
}

TROOP_TEST(Select, losesAndDoublesNothingWhenSeveralBecomeReadyAtOnce) {
  constexpr int each = 30;
  auto [first, fromFirst] = channel<int>(1);
  auto [second, fromSecond] = channel<int>(2);
  auto [third, fromThird] = channel<int>(1);
  std::vector<int> seen(3 * each, 0);
  Scope scope;
  scope.thread(&produce, std::move(first), 0, each);
  scope.thread(&produce, second, each, 3 * each / 2);
  scope.task([out = std::move(second)] { produce(out, 3 * each / 2, 2 * each); });
  scope.thread(&produce, std::move(third), 2 * each, 3 * each);
  // Two select at once, one of them as a coroutine.
  int left = 3 * each;
  const auto take = [&](const std::optional<int>& value) {
    if (!value) return;
    ++seen.at(*value);
    --left;
  };
  scope.async([&]() -> Async<void> {
    while (left > 0) {
      co_await async::select(whenReceived(fromFirst, take), whenReceived(fromSecond, take),
                             whenPassed(after(10us), [] {}));
    }
  });
  while (left > 0) {
    select(whenReceived(fromThird, take), whenReceived(fromSecond, take),
           whenReceived(fromFirst, take), whenPassed(after(10us), [] {}));
  }
  scope.join();
  EXPECT_EQ(seen, std::vector<int>(3 * each, 1));
}

TROOP_TEST(Select, sendsEachValueToOneOfSeveral) {
  constexpr int values = 60;
  auto [left, fromLeft] = channel<int>(1);
  auto [right, fromRight] = channel<int>(1);
  auto [sums, total] = channel<int>(2);
  const auto add = [](Receiver<int> in, Sender<int> out) {
    int sum = 0;
    while (std::optional<int> value = in.receive()) sum += *value;
    out.send(sum).value();
  };
  Scope scope;
  scope.thread(add, std::move(fromLeft), sums);
  scope.thread(add, std::move(fromRight), sums);
  {
    const Sender<int> toLeft = std::move(left), toRight = std::move(right);
    const auto sent = [](const Expected<void>& result) { EXPECT_TRUE(result.succeeded()); };
    for (int i = 0; i < values; ++i) select(whenSent(toLeft, i, sent), whenSent(toRight, i, sent));
  }
  EXPECT_EQ(*total.receive() + *total.receive(), values * (values - 1) / 2);
}

TROOP_TEST(Select, callsNothingWhereItMustNotThrowAndWasCancelled) {
  auto [sender, receiver] = channel<int>(1);
  std::size_t chosen = 0;
  inScope({}, [&, &in = receiver](Scope& scope) {
    Event begun;
    scope.task([&] {
      const MustNotThrow here;
      begun.set();
      chosen = select(whenReceived(in, [](const std::optional<int>&) { ADD_FAILURE(); }));
    });
    begun.wait();
    scope.cancel();
  });
  EXPECT_EQ(chosen, 1u);
}

TROOP_TEST(Select, isCancelledAndLeavesChannelsAsTheyWere) {
  auto [sender, receiver] = channel<int>(1);
  auto [full, drained] = channel<int>(1);
  full.send(1).value();
  int cancelled = 0;
  Event begun[2];
  inScope({}, [&, &in = receiver, &out = full](Scope& scope) {
    scope.task([&] {
      begun[0].set();
      try {
        select(whenReceived(in, ignore), whenSent(out, 2, ignore));
      } catch (const Cancelled&) {
        ++cancelled;
        throw;
      }
    });
    scope.async([&]() -> Async<void> {
      begun[1].set();
      try {
        co_await async::select(whenReceived(in, ignore), whenSent(out, 2, ignore));
      } catch (const Cancelled&) {
        ++cancelled;
        throw;
      }
    });
    for (Event& event : begun) event.wait();
    yield();
    scope.cancel();
  });
  EXPECT_EQ(cancelled, 2);
  EXPECT_EQ(drained.tryReceive().value(), 1);
  EXPECT_TRUE(drained.tryReceive().failed());
  sender.send(3).value();
  EXPECT_EQ(receiver.tryReceive().value(), 3);
}

TROOP_TEST(Select, ofADeadTroopLeavesChannelsAsTheyWere) {
  auto [sender, receiver] = channel<int>(1);
  auto [other, another] = channel<int>(1);
  const Ref<Troop> victim = Process::current()->troop({.name = "victim"});
  const Ref<Thread> thread = victim->thread(
      {"selects"},
      [](Receiver<int> a, Receiver<int> b) {
        select(whenReceived(a, ignore), whenReceived(b, ignore));
      },
      receiver, another);
  yield();
  victim->kill(Error(ErrorKind::failed, "the end"));
  EXPECT_TRUE(thread->join().failed());
  sender.send(1).value();
  EXPECT_EQ(receiver.tryReceive().value(), 1);
}

TEST(Select, worksForOsThreadsOfTheHost) {
  Process process({.carriers = 2});
  auto [sender, receiver] = channel<int>(1);
  auto [other, another] = channel<int>(1);
  const Ref<Thread> producer =
      process.root().thread({"produces"}, &produce, std::move(sender), 0, 100);
  int received = 0;
  bool open = true;
  while (open) {
    select(whenReceived(another, ignore), whenReceived(receiver, [&](std::optional<int> value) {
             if (value) {
               EXPECT_EQ(*value, received++);
             } else {
               open = false;
             }
           }));
  }
  EXPECT_EQ(received, 100);
  EXPECT_TRUE(producer->join());
}

}  // namespace
}  // namespace troop
