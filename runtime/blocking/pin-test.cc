#include "runtime/blocking/pin.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <latch>
#include <utility>

#include "runtime/blocking/blocking.h"
#include "runtime/channel.h"
#include "runtime/event.h"
#include "runtime/process.h"
#include "runtime/scope.h"
#include "runtime/sim/sweep.h"
#include "runtime/task.h"
#include "runtime/testing/os-threads.h"
#include "runtime/thread.h"
#include "runtime/troop.h"

namespace troop {
namespace {

// Waits in each way and stays where it is.
void waitPinned(int rounds) {
  const Pin here = pin();
  const pid_t osThread = ::gettid();
  for (int round = 0; round < rounds; ++round) {
    yield();
    ASSERT_EQ(::gettid(), osThread);
    sleep(1us);
    ASSERT_EQ(::gettid(), osThread);
    Scope scope;
    scope.thread([] { yield(); });
    scope.join();
    ASSERT_EQ(::gettid(), osThread);
  }
}

TROOP_TEST(Pin, keepsAThreadOnItsOsThread) {
  Scope scope;
  for (int i = 0; i < 4; ++i) {
    scope.thread([] { waitPinned(5); });
    scope.thread([] {
      for (int round = 0; round < 20; ++round) yield();
    });
  }
}

TROOP_TEST(Pin, nestsAndIsOfAllTasksOfAThread) {
  const pid_t osThread = ::gettid();
  const Pin outer = pin();
  {
    const Pin inner = pin();
    yield();
    Scope scope;
    scope.task([&] {
      const Pin third = pin();
      sleep(1us);
      EXPECT_EQ(::gettid(), osThread);
    });
    scope.task([&] {
      sleep(1us);
      EXPECT_EQ(::gettid(), osThread);
    });
  }
  sleep(1us);
  EXPECT_EQ(::gettid(), osThread);
}

TROOP_TEST(Pin, isWokenByOthers) {
  auto [there, atThere] = channel<int>(1);
  auto [back, atBack] = channel<int>(1);
  Scope scope;
  scope.thread(
      [](Sender<int> to, Receiver<int> from) {
        const Pin here = pin();
        const pid_t osThread = ::gettid();
        for (int round = 0; round < 50; ++round) {
          EXPECT_EQ(from.receive(), round);
          EXPECT_EQ(::gettid(), osThread);
          to.send(round).value();
        }
      },
      std::move(back), std::move(atThere));
  for (int round = 0; round < 50; ++round) {
    there.send(round).value();
    EXPECT_EQ(atBack.receive(), round);
  }
}

TROOP_TEST(Pin, takesNoMoreThanItsTurn) {
  std::atomic<int> others{0};
  Scope scope;
  scope.thread(
      [](std::atomic<int>* count) {
        const Pin here = pin();
        while (*count < 100) yield();
      },
      assumeSendable(&others));
  scope.thread(
      [](std::atomic<int>* count) {
        while (++*count < 100) yield();
      },
      assumeSendable(&others));
}

TROOP_TEST(Pin, getsItsTurn) {
  std::atomic<int> pinned{0};
  Scope scope;
  scope.thread(
      [](std::atomic<int>* count) {
        while (*count < 100) yield();
      },
      assumeSendable(&pinned));
  scope.thread(
      [](std::atomic<int>* count) {
        const Pin here = pin();
        while (++*count < 100) yield();
      },
      assumeSendable(&pinned));
}

TEST(Pin, doesNothingOutsideOfTasks) {
  const Pin here = pin();
}

TEST(Pin, keepsTheCarrierThatIsTooMany) {
  constexpr unsigned carriers = 4;
  const std::size_t before = tests::osThreads();
  Process process({.carriers = carriers, .sparesMax = 0});
  std::latch allOn(carriers + 1), fewer(1);
  std::atomic<unsigned> ended{0};
  for (unsigned i = 0; i < carriers; ++i) {
    process.root().thread(
        {},
        [](std::latch* all, std::latch* go, std::atomic<unsigned>* count) {
          const Pin here = pin();
          const pid_t osThread = ::gettid();
          all->arrive_and_wait();  // each on its own
          go->wait();
          for (int round = 0; round < 20; ++round) {
            sleep(10us);
            yield();
            EXPECT_EQ(::gettid(), osThread);
          }
          ++*count;
          count->notify_all();
        },
        assumeSendable(&allOn), assumeSendable(&fewer), assumeSendable(&ended));
  }
  allOn.arrive_and_wait();
  process.resize(1);
  fewer.count_down();
  for (unsigned seen = 0; (seen = ended) < carriers;) ended.wait(seen);
  tests::awaitOsThreads(before + 1);
  process.run([] { yield(); });
}

TEST(Pin, isSeenWhereItIsQueued) {
  Event woken;
  std::latch waiting(1), queued(1), released(1);
  Process process({.carriers = 1, .sparesMax = 0});
  const Ref<Thread> pinned = process.root().thread(
      {"pinned"},
      [](Event* event, std::latch* latch) {
        const Pin here = pin();
        latch->count_down();
        event->wait();
      },
      assumeSendable(&woken), assumeSendable(&waiting));
  waiting.wait();
  const Ref<Thread> holder = process.root().thread(
      {"holds the carrier"},
      [](Event* event, std::latch* hasWoken, std::latch* over) {
        event->set();
        hasWoken->count_down();
        over->wait();
      },
      assumeSendable(&woken), assumeSendable(&queued), assumeSendable(&released));
  queued.wait();
  int looked = 0;
  EXPECT_TRUE(pinned->whileItRests([&] { ++looked; }));
  EXPECT_EQ(looked, 1);
  released.count_down();
  EXPECT_TRUE(pinned->join());
  EXPECT_TRUE(holder->join());
}

TEST(Pin, isReplacedWhileItBlocks) {
  Process process({.carriers = 1});
  process.run([] {
    const Pin here = pin();
    const pid_t osThread = ::gettid();
    for (int round = 0; round < 10; ++round) {
      std::latch released(1);
      Scope scope;
      scope.thread([](std::latch* latch) { latch->count_down(); }, assumeSendable(&released));
      blocking([&] { released.wait(); });
      EXPECT_EQ(::gettid(), osThread);
      yield();
      EXPECT_EQ(::gettid(), osThread);
    }
  });
}

TEST(Pin, endsWhenItsTroopIsKilled) {
  Process process({.carriers = 2});
  const Ref<Troop> guest = process.troop({.name = "guest"});
  std::latch waiting(4);
  for (int i = 0; i < 4; ++i) {
    guest->thread(
        {},
        [](std::latch* latch) {
          const Pin here = pin();
          latch->count_down();
          sleep(1h);
        },
        assumeSendable(&waiting));
  }
  waiting.wait();
  guest->kill(Error(ErrorKind::failed, "killed by a test"));
  // The Process ends when all has unwound.
}

}  // namespace
}  // namespace troop
