#include "runtime/deadlock/used-here-only.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "runtime/async/async.h"
#include "runtime/async/channel.h"
#include "runtime/async/select.h"
#include "runtime/channel.h"
#include "runtime/deadlock/search.h"
#include "runtime/deadlock/watch.h"
#include "runtime/error.h"
#include "runtime/event.h"
#include "runtime/process.h"
#include "runtime/scope.h"
#include "runtime/sim/sweep.h"
#include "runtime/sync/mutex.h"
#include "runtime/task.h"
#include "runtime/thread.h"

// As TROOP_TEST, with little patience.
#define KNOT_TEST(suite, name) TROOP_TEST_WITH(suite, name, impatient())

namespace troop::deadlock {
namespace {

ProcessOptions impatient() {
  return {.deadlocksAfter = 10ms, .onDeadlock = [](const char*) {}};
}

// Whether `wait` is refused.
template <typename Wait>
int refused(Wait wait) {
  try {
    wait();
    return 0;
  } catch (const Error& error) {
    EXPECT_EQ(error.detail(), ErrorDetail::deadlock) << error.reason();
    return 1;
  }
}

// Until so many Tasks of Threads that have declared something wait for ever.
void awaitWaiting(std::size_t count) {
  for (;;) {
    std::size_t waiting = 0;
    for (const RestingThread& thread : Watch::endsOf(*Process::current()).atRest()) {
      waiting += static_cast<std::size_t>(
          std::ranges::count_if(thread.tasks, &RestingThread::Waits::forEver));
    }
    if (waiting == count) return;
    yield();
  }
}

std::vector<Found> searchHere() {
  return search(*Process::current(), Then::breakIt);
}

KNOT_TEST(UsedHereOnly, aChannelWhoseSenderIsKeptByWhoReceivesIsADeadlock) {
  auto [sender, receiver] = channel<int>(1);
  const UsedHereOnly ends(sender, receiver);
  EXPECT_EQ(refused([&] { (void)receiver.receive(); }), 1);
  sender.send(1).value();
  EXPECT_EQ(refused([&] { sender.send(2).value(); }), 1);
  EXPECT_EQ(receiver.receive(), 1);
}

// Each receives from the one before, and nobody begins.
KNOT_TEST(UsedHereOnly, aRingInWhichNobodyBeginsIsADeadlock) {
  std::atomic<int> told{0}, ended{0};
  Scope scope;
  auto [first, from] = channel<int>(1);
  for (int i = 0; i < 3; ++i) {
    std::pair<Sender<int>, Receiver<int>> next = channel<int>(1);
    if (i == 2) std::swap(next.first, first);
    scope.thread(
        [](Receiver<int> in, Sender<int> out, std::atomic<int>* refusals, std::atomic<int>* ends) {
          const UsedHereOnly here(in, out);
          *refusals += refused([&] {
            while (std::optional<int> value = in.receive()) out.send(*value).value();
            ++*ends;
          });
        },
        std::exchange(from, std::move(next.second)), std::move(next.first), assumeSendable(&told),
        assumeSendable(&ended));
  }
  {
    const Receiver<int> unused = std::move(from);
  }
  scope.join();
  // The others end since nobody sends any more.
  EXPECT_EQ(told, 1);
  EXPECT_EQ(ended, 2);
}

// Two of which each selects from two channels into which only the other one sends.
KNOT_TEST(UsedHereOnly, whoSelectFromEachOtherAreADeadlock) {
  std::atomic<int> told{0};
  auto [a, fromA] = channel<int>(1);
  auto [b, fromB] = channel<int>(1);
  auto [c, fromC] = channel<int>(1);
  auto [d, fromD] = channel<int>(1);
  Scope scope;
  const auto choose = [](Sender<int> out, Sender<int> otherOut, Receiver<int> in,
                         Receiver<int> otherIn, std::atomic<int>* refusals) {
    const UsedHereOnly here(out, otherOut, in, otherIn);
    *refusals += refused([&] {
      select(whenReceived(in, [](std::optional<int> value) { EXPECT_FALSE(value); }),
             whenReceived(otherIn, [](std::optional<int> value) { EXPECT_FALSE(value); }));
    });
  };
  scope.thread(choose, std::move(a), std::move(b), std::move(fromC), std::move(fromD),
               assumeSendable(&told));
  scope.thread(choose, std::move(c), std::move(d), std::move(fromA), std::move(fromB),
               assumeSendable(&told));
  scope.join();
  EXPECT_EQ(told, 1);
}

// One has a mutex and waits for a value of another one, which wants the mutex.
KNOT_TEST(UsedHereOnly, aKnotOfAChannelAndAMutexIsADeadlock) {
  sync::mutex mutex;
  std::atomic<int> told{0};
  auto [sender, receiver] = channel<int>(1);
  Scope scope;
  Event hasMutex;
  scope.thread(
      [](Receiver<int> in, sync::mutex* has, Event* tells, std::atomic<int>* refusals) {
        const std::lock_guard lock(*has);
        tells->set();
        const UsedHereOnly here(in);
        *refusals += refused([&] { (void)in.receive(); });
      },
      std::move(receiver), assumeSendable(&mutex), assumeSendable(&hasMutex),
      assumeSendable(&told));
  scope.thread(
      [](Sender<int> out, sync::mutex* wants, Event* begins) {
        const UsedHereOnly here(out);
        begins->wait();
        const std::lock_guard lock(*wants);
        (void)out.send(1);
      },
      std::move(sender), assumeSendable(&mutex), assumeSendable(&hasMutex));
  scope.join();
  EXPECT_EQ(told, 1);
}

// A Task that has them by reference, and the one that waits for it.
KNOT_TEST(UsedHereOnly, allTasksOfAThreadHaveToWait) {
  auto [sender, receiver] = channel<int>(1);
  const UsedHereOnly ends(sender, receiver);
  Event goOn;
  int got = 0;
  {
    Scope scope;
    scope.task([&] {
      goOn.wait();
      sender.send(7).value();
    });
    scope.task([&] {
      for (int i = 0; i < 3; ++i) {
        yield();
        EXPECT_TRUE(searchHere().empty());
      }
      goOn.set();
    });
    got = receiver.receive().value();
  }
  EXPECT_EQ(got, 7);
}

Async<void> receiveInVain(const Sender<int>& out, const Receiver<int>& in, int& told) {
  const UsedHereOnly here(out, in);
  try {
    (void)co_await async::receive(in);
  } catch (const Error& error) {
    EXPECT_EQ(error.detail(), ErrorDetail::deadlock) << error.reason();
    ++told;
  }
}

// And the Task that waits for the end of their Scope.
KNOT_TEST(UsedHereOnly, coroutinesTakePart) {
  auto [sender, receiver] = channel<int>(1);
  int told = 0;
  {
    Scope scope;
    scope.async(receiveInVain(sender, receiver, told));
  }
  EXPECT_EQ(told, 1);
}

void receiveOne(Receiver<int> in, std::atomic<int>* got) {
  const UsedHereOnly here(in);
  *got = in.receive().value_or(-1);
}

KNOT_TEST(UsedHereOnly, isNoDeadlockWhereAnotherHandleIsAnywhere) {
  std::atomic<int> got{0};
  auto [sender, receiver] = channel<int>(1);
  Scope scope;
  scope.thread(
      [](Sender<int> own, Receiver<int> in, std::atomic<int>* value) {
        const UsedHereOnly here(own);
        receiveOne(std::move(in), value);
      },
      sender, std::move(receiver), assumeSendable(&got));
  awaitWaiting(1);
  EXPECT_TRUE(searchHere().empty());
  sender.send(1).value();
  scope.join();
  EXPECT_EQ(got, 1);
}

// Who has the other side waits for what is not known, an Event.
KNOT_TEST(UsedHereOnly, isNoDeadlockWhereSomebodyMayStillCome) {
  std::atomic<int> got{0};
  Event goOn;
  auto [sender, receiver] = channel<int>(1);
  Scope scope;
  scope.thread(&receiveOne, std::move(receiver), assumeSendable(&got));
  scope.thread(
      [](Sender<int> out, Event* awaits) {
        const UsedHereOnly here(out);
        awaits->wait();
        out.send(2).value();
      },
      std::move(sender), assumeSendable(&goOn));
  awaitWaiting(2);
  EXPECT_TRUE(searchHere().empty());
  goOn.set();
  scope.join();
  EXPECT_EQ(got, 2);
}

KNOT_TEST(UsedHereOnly, isNoDeadlockWhereOneOfSeveralChannelsIsNotDeclared) {
  std::atomic<int> got{0};
  auto [own, receiver] = channel<int>(1);
  auto [sender, other] = channel<int>(1);
  Scope scope;
  scope.thread(
      [](Sender<int> out, Receiver<int> in, Receiver<int> notDeclared, std::atomic<int>* value) {
        const UsedHereOnly here(out, in);
        select(whenReceived(in, [](std::optional<int>) {}),
               whenReceived(notDeclared, [&](std::optional<int> got) { *value = *got; }));
      },
      std::move(own), std::move(receiver), std::move(other), assumeSendable(&got));
  awaitWaiting(1);
  EXPECT_TRUE(searchHere().empty());
  sender.send(3).value();
  scope.join();
  EXPECT_EQ(got, 3);
}

KNOT_TEST(UsedHereOnly, isNoDeadlockWhereTimePasses) {
  auto [sender, receiver] = channel<int>(1);
  const UsedHereOnly ends(sender, receiver);
  const Expected<int> late = receiver.receiveUntil(after(50ms));
  ASSERT_TRUE(late.failed());
  EXPECT_EQ(late.error().detail(), ErrorDetail::deadline);
  const Scope scope{{.deadline = 50ms}};
  try {
    (void)receiver.receive();
    ADD_FAILURE() << "something was received";
  } catch (const Error& error) {
    EXPECT_EQ(error.detail(), ErrorDetail::deadline);
  }
}

// What was moved from is nobody's, and what it was moved to is not declared.
KNOT_TEST(UsedHereOnly, countsNoHandleThatWasMovedAway) {
  auto [sender, receiver] = channel<int>(1);
  const UsedHereOnly ends(sender, receiver);
  Scope scope;
  scope.thread(
      [](Sender<int> out) {
        sleep(50ms);
        out.send(4).value();
      },
      std::move(sender));
  EXPECT_EQ(receiver.receive(), 4);
}

// By who tells by results.
KNOT_TEST(UsedHereOnly, endsWaitsThatTellByTheirResultAsIfCancelled) {
  auto [sender, receiver] = channel<int>(1);
  const UsedHereOnly ends(sender, receiver);
  EXPECT_EQ(receiver.receiveNoThrow().error().detail(), ErrorDetail::cancelled);
  const MustNotThrow here;
  EXPECT_EQ(receiver.receive(), std::nullopt);
}

TEST(UsedHereOnly, doesNothingInOsThreads) {
  auto [sender, receiver] = channel<int>(1);
  const UsedHereOnly ends(sender, receiver);
  sender.send(1).value();
  EXPECT_EQ(receiver.receive(), 1);
}

}  // namespace
}  // namespace troop::deadlock
