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
#define DEADLOCK_TEST(suite, name) TROOP_TEST_WITH(suite, name, impatient())

namespace troop::deadlock {
namespace {

ProcessOptions impatient() {
  return {.deadlocksAfter = 10ms,
          .onDeadlock = [](const char*) {},
          .locksInDeadlock = ProcessOptions::LocksInDeadlock::throwError};
}

std::vector<Found> searchHere() {
  return search(*Process::current(), Then::breakIt);
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
        (void)searchHere();
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
  EXPECT_TRUE(searchHere().empty());
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
    EXPECT_TRUE(searchHere().empty());
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

// Two locks, of which each of two has one and wants the other.
struct Crossed {
  sync::timed_mutex first, second;
  sync::latch bothHaveOne{2};
  std::atomic<int> refused{0};
};

// Of a Process that has not said that its locks may throw: one that has a result is refused, though
// the other one came last, which would have ended the program.
void refuseByResult(sim::World world) {
  ProcessOptions options = impatient();
  options.locksInDeadlock = ProcessOptions::LocksInDeadlock::waitOn;
  const auto body = [] {
    Crossed crossed;
    Scope scope;
    scope.thread(
        [](Crossed* at) {
          const std::lock_guard lock(at->first);
          at->bothHaveOne.arrive_and_wait();
          if (at->second.try_lock_until(Time::max())) {
            at->second.unlock();
          } else {
            ++at->refused;
          }
        },
        assumeSendable(&crossed));
    scope.thread(
        [](Crossed* at) noexcept {
          const std::lock_guard lock(at->second);
          at->bothHaveOne.arrive_and_wait();
          for (int i = 0; i < 3; ++i) yield();
          const std::lock_guard other(at->first);
        },
        assumeSendable(&crossed));
    scope.join();
    EXPECT_EQ(crossed.refused, 1);
  };
  sim::runIn(world, body, options);
}
TEST(Deadlock, isToldToWhoHasAResultOnOneCarrier) {
  refuseByResult(sim::World::oneCarrier);
}
TEST(Deadlock, isToldToWhoHasAResultOnTwoCarriers) {
  refuseByResult(sim::World::twoCarriers);
}
TEST(Deadlock, isToldToWhoHasAResultSimulated) {
  refuseByResult(sim::World::simulated);
}

// A result needs no exception, so it is given where none may be thrown.
DEADLOCK_TEST(Deadlock, isToldByAResultToWhoMustNotThrow) {
  struct Pair {
    Ref<Thread> threads[2];
    Event known;
    std::atomic<int> refused{0};
  } pair;
  const Ref<Troop> troop = Process::current()->troop({.name = "pair"});
  for (int i = 0; i < 2; ++i) {
    pair.threads[i] = troop->thread({}, assumeSendable([&pair, i] {
                                      const MustNotThrow here;
                                      (void)pair.known.waitNoThrow();
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

// The OS thread closes it, by the mutex that it takes back after its wait: what it would be told
// there, in a destructor, would end the program.
TEST(Deadlock, isNotToldToAnOsThreadThatTakesItsMutexBack) {
  Process process(impatient());
  sync::mutex kept, guard;
  sync::condition_variable changed;
  std::atomic<bool> waits{false}, hasGuard{false};
  bool notified = false;
  std::atomic<int> refused{0};
  std::jthread host([&] {
    const std::lock_guard lock(kept);
    std::unique_lock own(guard);
    waits = true;
    while (!notified) changed.wait(own);
  });
  while (!waits) std::this_thread::yield();
  process.run([&] {
    Scope scope;
    scope.task([&] {
      const std::lock_guard lock(guard);  // once the OS thread waits
      notified = true;
      hasGuard = true;
      try {
        const std::lock_guard other(kept);
      } catch (const Error& error) {
        if (isDeadlock(error)) ++refused;
      }
    });
    while (!hasGuard) yield();
    for (int i = 0; i < 3; ++i) yield();
    changed.notify_all();
    scope.join();
  });
  host.join();
  EXPECT_EQ(refused, 1);
}

TEST(Deadlock, ofOneProcessIsNotForAnotherOneToFind) {
  ProcessOptions patient = impatient();
  patient.deadlocksAfter = forever;
  Process mine(patient), other(patient);
  Table table(2);
  std::jthread host([&] {
    mine.run([&] {
      Scope scope;
      for (std::size_t seat = 0; seat < 2; ++seat) scope.task([&, seat] { table.dine(seat); });
    });
  });
  while (search(mine, Then::reportIt).empty()) std::this_thread::yield();
  EXPECT_TRUE(search(other, Then::breakIt).empty());
  EXPECT_EQ(table.refused, 0);
  EXPECT_EQ(search(mine, Then::breakIt).size(), 1u);
  host.join();
  EXPECT_EQ(table.refused, 1);
}

std::string reported;
std::string reasons;

// Who is refused learns the names of its own troop's, the host those of all.
TEST(Deadlock, tellsATroopNothingOfOthers) {
  ProcessOptions options = impatient();
  options.onDeadlock = [](const char* report) { reported = report; };
  Table table(2);
  {
    Process process(options);
    const std::array<Ref<Troop>, 2> troops{process.troop({.name = "baker"}),
                                           process.troop({.name = "brewer"})};
    std::array<Ref<Thread>, 2> threads;
    for (std::size_t i = 0; i < 2; ++i) {
      threads[i] = troops[i]->thread({i == 0 ? "bread" : "beer"}, assumeSendable([&, i] {
                                       const std::lock_guard left(table.forks[i]);
                                       table.everybodyHasOne.arrive_and_wait();
                                       table.forks[1 - i].lock();
                                       table.forks[1 - i].unlock();
                                     }));
    }
    for (std::size_t i = 0; i < 2; ++i) {
      const Expected<void> ended = threads[i]->join();
      if (ended.failed()) reasons = ended.error().reason();
    }
  }
  EXPECT_NE(reported.find("'baker'"), std::string::npos) << reported;
  EXPECT_NE(reported.find("'brewer'"), std::string::npos) << reported;
  const bool toldBaker = reasons.find("'baker'") != std::string::npos;
  EXPECT_NE(toldBaker, reasons.find("'brewer'") != std::string::npos) << reasons;
  EXPECT_NE(toldBaker, reasons.find("'beer'") != std::string::npos) << reasons;
  EXPECT_NE(reasons.find("and 1 more"), std::string::npos) << reasons;
}

// Somebody else joins the Scope of a Task that waits for something else.
DEADLOCK_TEST(Deadlock, isNoneWhereAnotherTaskJoinsAScope) {
  sync::mutex mutex;
  Event joins, goOn, joined;
  Scope outer;
  Scope* inner = nullptr;
  outer.task([&] {
    Scope mine;
    inner = &mine;
    std::unique_lock lock(mutex);
    mine.task([&] {
      mutex.lock();
      mutex.unlock();
    });
    joins.set();
    goOn.wait();  // with the mutex that its child wants
    lock.unlock();
    joined.wait();
  });
  outer.task([&] {
    joins.wait();
    inner->join();
    joined.set();
  });
  joins.wait();
  for (int i = 0; i < 3; ++i) yield();
  EXPECT_TRUE(searchHere().empty());
  goOn.set();
  outer.join();
}

// Who joins is in two circles, through two Tasks of the Thread: one of these cannot be told, and
// the other one, which came last, is.
DEADLOCK_TEST(Deadlock, isToldToWhoClosedItWhereAnotherOneCannotBe) {
  struct Shared {
    sync::mutex first, second;
    Event goOn;
    std::atomic<int> refused{0};

    void wantBoth() {
      Scope scope;
      scope.task([&] {
        const MustNotThrow here;
        const std::lock_guard lock(first);
      });
      scope.task([&] {
        goOn.wait();
        try {
          const std::lock_guard lock(second);
        } catch (const Error& error) {
          if (isDeadlock(error)) ++refused;
        }
      });
    }
  } shared;
  std::unique_lock first(shared.first), second(shared.second);
  const Ref<Thread> both = Process::current()->root().thread(
      {}, [](Shared* at) { at->wantBoth(); }, assumeSendable(&shared));
  Scope scope;
  scope.task([&] {
    for (int i = 0; i < 3; ++i) yield();
    shared.goOn.set();
  });
  const Expected<void> ended = both->join();
  ASSERT_TRUE(ended.failed());
  EXPECT_TRUE(isDeadlock(ended.error()));
  first.unlock();
  second.unlock();
  both->join().value();
  EXPECT_EQ(shared.refused, 1);
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
