#include "runtime/deadlock/search.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "runtime/channel.h"
#include "runtime/error.h"
#include "runtime/event.h"
#include "runtime/process.h"
#include "runtime/scope.h"
#include "runtime/sharing/monitor.h"
#include "runtime/sim/sweep.h"
#include "runtime/sync/sync.h"
#include "runtime/task.h"
#include "runtime/troop.h"

// As TROOP_TEST, with little patience.
#define DEADLOCK_TEST(suite, name)                                                  \
  static void suite##_##name();                                                     \
  TEST(suite, name##OnOneCarrier) {                                                 \
    troop::sim::runIn(troop::sim::World::oneCarrier, suite##_##name, impatient());  \
  }                                                                                 \
  TEST(suite, name##OnTwoCarriers) {                                                \
    troop::sim::runIn(troop::sim::World::twoCarriers, suite##_##name, impatient()); \
  }                                                                                 \
  TEST(suite, name##Simulated) {                                                    \
    troop::sim::runIn(troop::sim::World::simulated, suite##_##name, impatient());   \
  }                                                                                 \
  static void suite##_##name()

namespace troop::deadlock {
namespace {

ProcessOptions impatient() {
  return {.deadlocksAfter = 10ms, .onDeadlock = [](const char*) {}};
}

bool isDeadlock(const Error& error) {
  return error.detail() == ErrorDetail::deadlock;
}

// Each takes the fork to the left, and when all have one, that to the right.
struct Table {
  explicit Table(std::size_t seats) : forks(seats), everybodyHasOne(static_cast<long>(seats)) {}

  void dine(std::size_t seat) {
    const std::lock_guard left(forks[seat]);
    everybodyHasOne.arrive_and_wait();
    try {
      const std::lock_guard right(forks[(seat + 1) % forks.size()]);
      ++meals;
    } catch (const Error& error) {
      EXPECT_TRUE(isDeadlock(error)) << error.reason();
      ++refused;
    }
  }

  std::vector<sync::mutex> forks;
  sync::latch everybodyHasOne;
  std::atomic<int> meals{0};
  std::atomic<int> refused{0};
};

DEADLOCK_TEST(Deadlock, ofPhilosophersWhoDineEndsWhenOneIsRefused) {
  Table table(5);
  Scope scope;
  for (std::size_t seat = 0; seat < 5; ++seat) {
    scope.thread([](Table* at, std::size_t mine) { at->dine(mine); }, assumeSendable(&table), seat);
  }
  scope.join();
  EXPECT_EQ(table.refused, 1);
  EXPECT_EQ(table.meals, 4);
}

DEADLOCK_TEST(Deadlock, ofTasksOfOneThreadIsOneAsWell) {
  Table table(3);
  Scope scope;
  for (std::size_t seat = 0; seat < 3; ++seat) scope.task([&table, seat] { table.dine(seat); });
  scope.join();
  EXPECT_EQ(table.refused, 1);
}

DEADLOCK_TEST(Deadlock, saysWhoWaitsForWhatAndWhere) {
  const Ref<Troop> troop = Process::current()->troop({.name = "kitchen"});
  Table table(2);
  std::string told;
  std::array<Ref<Thread>, 2> cooks;
  for (std::size_t seat = 0; seat < 2; ++seat) {
    cooks[seat] = troop->thread({seat == 0 ? "soup" : "salad"}, assumeSendable([&, seat] {
                                  const std::lock_guard left(table.forks[seat]);
                                  table.everybodyHasOne.arrive_and_wait();
                                  table.forks[1 - seat].lock();
                                  table.forks[1 - seat].unlock();
                                }));
  }
  for (const Ref<Thread>& cook : cooks) {
    const Expected<void> ended = cook->join();
    if (ended.failed()) told += ended.error().reason();
  }
  EXPECT_NE(told.find("2 wait for each other"), std::string::npos) << told;
  EXPECT_NE(told.find("Task 1 of Thread 'soup' of troop 'kitchen' waits for a mutex, since "),
            std::string::npos)
      << told;
  EXPECT_NE(told.find("Thread 'salad'"), std::string::npos) << told;
}

// Somebody else goes on all the time.
DEADLOCK_TEST(Deadlock, isFoundBesideThoseThatGoOn) {
  Table table(2);
  std::atomic<bool> done{false};
  int turns = 0;
  Scope scope;
  scope.task([&] {
    for (; !done; ++turns) sleep(1ms);
  });
  {
    Scope diners;
    for (std::size_t seat = 0; seat < 2; ++seat) {
      diners.thread([](Table* at, std::size_t mine) { at->dine(mine); }, assumeSendable(&table),
                    seat);
    }
    // Nothing is stuck in a simulation while this one goes on, so that somebody has to look.
    diners.task([&] {
      while (table.refused == 0) {
        sleep(1ms);
        (void)search(Then::breakIt);
      }
    });
  }
  done = true;
  scope.join();
  EXPECT_EQ(table.refused, 1);
  EXPECT_EQ(table.meals, 1);
}

DEADLOCK_TEST(Deadlock, ofMonitorsIsBroken) {
  struct Rooms {
    Monitor<int> first = Monitor<int>::make(0), second = Monitor<int>::make(0);
    sync::latch bothInside{2};
    std::atomic<int> refused{0};

    void meet(const Monitor<int>& mine, const Monitor<int>& other) {
      mine.enter(assumeSendable([&](int& inside) {
        ++inside;
        bothInside.arrive_and_wait();
        try {
          other.enter([](int& visited) { ++visited; });
        } catch (const Error& error) {
          EXPECT_TRUE(isDeadlock(error)) << error.reason();
          ++refused;
        }
      }));
    }
  } rooms;
  Scope scope;
  scope.thread([](Rooms* in) { in->meet(in->first, in->second); }, assumeSendable(&rooms));
  scope.thread([](Rooms* in) { in->meet(in->second, in->first); }, assumeSendable(&rooms));
  scope.join();
  EXPECT_EQ(rooms.refused, 1);
  EXPECT_EQ(rooms.first.enter([](int visits) { return visits; }) +
                rooms.second.enter([](int visits) { return visits; }),
            3);
}

DEADLOCK_TEST(Deadlock, ofThreadsThatJoinEachOtherIsBroken) {
  struct Pair {
    Ref<Thread> threads[2];
    Event known;
    std::atomic<int> refused{0};
  } pair;
  const Ref<Troop> troop = Process::current()->troop({.name = "pair"});
  for (int i = 0; i < 2; ++i) {
    pair.threads[i] = troop->thread({}, assumeSendable([&pair, i] {
                                      pair.known.wait();
                                      const Expected<void> ended = pair.threads[1 - i]->join();
                                      if (ended.failed() && isDeadlock(ended.error())) {
                                        ++pair.refused;
                                      }
                                    }));
  }
  pair.known.set();
  for (const Ref<Thread>& thread : pair.threads) thread->join().value();
  EXPECT_EQ(pair.refused, 1);
}

DEADLOCK_TEST(Deadlock, ofAThreadThatJoinsItselfIsToldAtOnce) {
  Ref<Thread> self;
  Event known;
  self = Process::current()->root().thread({}, assumeSendable([&] {
                                             known.wait();
                                             const Expected<void> ended = self->join();
                                             ASSERT_TRUE(ended.failed());
                                             EXPECT_TRUE(isDeadlock(ended.error()));
                                           }));
  known.set();
  self->join().value();
}

// What waits for the end of a Scope waits for all in it, of which one wants what that one has.
DEADLOCK_TEST(Deadlock, throughTheEndOfAScopeIsBroken) {
  sync::mutex mutex;
  int refused = 0;
  const std::lock_guard lock(mutex);
  Scope outer;
  outer.task([] { sleep(1ms); });
  outer.thread(
      [](sync::mutex* wanted, int* count) {
        Scope inner;
        inner.task([&] {
          try {
            wanted->lock();
            wanted->unlock();
          } catch (const Error& error) {
            EXPECT_TRUE(isDeadlock(error));
            EXPECT_NE(error.reason().find("waits for its scope"), std::string::npos);
            ++*count;
          }
        });
      },
      assumeSendable(&mutex), assumeSendable(&refused));
  outer.join();
  EXPECT_EQ(refused, 1);
}

// One who must not be told has closed it: the other one is.
DEADLOCK_TEST(Deadlock, isNotToldToWhoMustNotThrow) {
  struct Shared {
    sync::mutex first, second;
    sync::latch bothHaveOne{2};
    std::atomic<int> refused{0};
  } shared;
  Scope scope;
  scope.thread(
      [](Shared* with) {
        const MustNotThrow here;
        const std::lock_guard mine(with->first);
        with->bothHaveOne.arrive_and_wait();
        with->second.lock();
        with->second.unlock();
      },
      assumeSendable(&shared));
  scope.thread(
      [](Shared* with) {
        const std::lock_guard mine(with->second);
        with->bothHaveOne.arrive_and_wait();
        try {
          with->first.lock();
          with->first.unlock();
        } catch (const Error& error) {
          if (isDeadlock(error)) ++with->refused;
        }
      },
      assumeSendable(&shared));
  scope.join();
  EXPECT_EQ(shared.refused, 1);
}

struct Mixed {
  sync::shared_mutex first;
  sync::mutex second;
  sync::latch bothHaveOne{2};
  std::atomic<int> refused{0};

  template <typename Mine, typename Other>
  void meet(Mine& mine, Other& other) {
    const std::lock_guard lock(mine);
    bothHaveOne.arrive_and_wait();
    try {
      const std::lock_guard inner(other);
    } catch (const Error& error) {
      if (isDeadlock(error)) ++refused;
    }
  }
};

DEADLOCK_TEST(Deadlock, ofWhoWritesIsBroken) {
  Mixed shared;
  Scope scope;
  scope.thread([](Mixed* at) { at->meet(at->first, at->second); }, assumeSendable(&shared));
  scope.thread([](Mixed* at) { at->meet(at->second, at->first); }, assumeSendable(&shared));
  scope.join();
  EXPECT_EQ(shared.refused, 1);
}

TROOP_TEST(Deadlock, isNoneWhereSomebodyWillLetGo) {
  sync::mutex mutex;
  std::unique_lock lock(mutex);
  int got = 0;
  Scope scope;
  for (int task = 0; task < 3; ++task) {
    scope.task([&] {
      const std::lock_guard mine(mutex);
      ++got;
    });
  }
  yield();
  EXPECT_TRUE(search(Then::breakIt).empty());
  lock.unlock();
  scope.join();
  EXPECT_EQ(got, 3);
}

// Waits with a time end by themselves.
TROOP_TEST(Deadlock, isNoneWhereTimePasses) {
  sync::timed_mutex first, second;
  sync::latch bothHaveOne(2);
  const auto meet = [&](sync::timed_mutex& mine, sync::timed_mutex& other) {
    const std::lock_guard lock(mine);
    bothHaveOne.arrive_and_wait();
    if (other.try_lock_for(5ms)) other.unlock();
    EXPECT_TRUE(search(Then::breakIt).empty());
  };
  Scope scope;
  scope.task([&] { meet(first, second); });
  scope.task([&] { meet(second, first); });
  scope.join();
}

TEST(Deadlock, ofOsThreadsAndTasksIsBroken) {
  Process process(impatient());
  Table table(2);
  std::jthread host([&] { table.dine(0); });
  process.run([&] { table.dine(1); });
  host.join();
  EXPECT_EQ(table.refused, 1);
}

// A channel that nobody holds the other side of is closed; so nobody waits there.
DEADLOCK_TEST(Deadlock, ofAChannelWithoutASenderDoesNotComeAbout) {
  auto [sender, receiver] = channel<int>(1);
  Scope scope;
  std::optional<int> got = 1;
  scope.task([&, from = std::move(receiver)]() mutable { got = from.receive(); });
  yield();
  {
    const Sender<int> last = std::move(sender);
  }
  scope.join();
  EXPECT_EQ(got, std::nullopt);
}

}  // namespace
}  // namespace troop::deadlock
