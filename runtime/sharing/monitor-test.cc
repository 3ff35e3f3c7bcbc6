#include "runtime/sharing/monitor.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <deque>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "runtime/event.h"
#include "runtime/scope.h"
#include "runtime/sharing/atomic.h"
#include "runtime/sharing/isolated.h"
#include "runtime/sim/sweep.h"
#include "runtime/task.h"
#include "runtime/troop.h"

namespace troop {
namespace {

// What is inside a Monitor, and whether it is still there.
struct Witness {
  explicit Witness(Atomic<int> count) : alive(std::move(count)) { alive.add(1); }
  ~Witness() { alive.subtract(1); }
  Witness(const Witness&) = delete;
  Witness& operator=(const Witness&) = delete;
  Atomic<int> alive;
};

}  // namespace

template <>
struct IsIsolatable<Witness> : std::true_type {};

namespace {

TROOP_TEST(Monitor, letsOneInAtATime) {
  const Monitor<std::vector<int>> numbers = Monitor<std::vector<int>>::make();
  {
    Scope scope;
    for (int thread = 0; thread < 8; ++thread) {
      scope.thread(
          [](Monitor<std::vector<int>> shared, int number) {
            for (int i = 0; i < 20; ++i) {
              shared.enter(assumeSendable([&](std::vector<int>& inside) {
                const std::size_t size = inside.size();
                if (i % 4 == 0) yield();
                EXPECT_EQ(inside.size(), size);
                inside.push_back(number);
              }));
            }
          },
          numbers, thread);
    }
  }
  const std::vector<int> all = numbers.enter([](const std::vector<int>& inside) { return inside; });
  for (int thread = 0; thread < 8; ++thread) EXPECT_EQ(std::ranges::count(all, thread), 20);
}

TROOP_TEST(Monitor, isPaidForByWhoMakesIt) {
  const Ref<Budget> memory = Troop::current()->memory();
  const std::size_t before = memory->used();
  {
    const auto numbers = Monitor<std::array<int, 1000>>::make();
    EXPECT_GE(memory->used(), before + sizeof(std::array<int, 1000>));
  }
  EXPECT_EQ(memory->used(), before);
}

TROOP_TEST(Monitor, waitsInsideUntilSomethingHolds) {
  const Monitor<std::deque<int>> queue = Monitor<std::deque<int>>::make();
  const Monitor<int> sum = Monitor<int>::make(0);
  {
    Scope scope;
    for (int thread = 0; thread < 3; ++thread) {
      scope.thread(
          [](Monitor<std::deque<int>> jobs, Monitor<int> total) {
            for (int i = 0; i < 10; ++i) {
              const int job = jobs.enter([](std::deque<int>& inside, Entered& entered) {
                EXPECT_TRUE(entered.wait([&] { return !inside.empty(); }));
                const int first = inside.front();
                inside.pop_front();
                return first;
              });
              total.enter([](int& inside, int more) { inside += more; }, job);
            }
          },
          queue, sum);
    }
    for (int job = 1; job <= 30; ++job) {
      queue.enter(
          [](std::deque<int>& inside, Entered& entered, int next) {
            inside.push_back(next);
            entered.signal();
          },
          job);
    }
  }
  EXPECT_EQ(sum.enter([](int inside) { return inside; }), 30 * 31 / 2);
}

TROOP_TEST(Monitor, broadcastWakesAllWhoWaitInside) {
  const Monitor<bool> gate = Monitor<bool>::make(false);
  Scope scope;
  for (int thread = 0; thread < 5; ++thread) {
    scope.thread(
        [](Monitor<bool> shared) {
          shared.enter([](bool& open, Entered& entered) { entered.wait([&] { return open; }); });
        },
        gate);
  }
  gate.enter([](bool& open, Entered& entered) {
    open = true;
    entered.broadcast();
  });
}

TROOP_TEST(Monitor, enteringAgainIsADeadlockThatIsTold) {
  const Monitor<int> number = Monitor<int>::make(1);
  number.enter(assumeSendable([&](int&) {
    try {
      number.enter([](int&) { ADD_FAILURE() << "inside twice"; });
      ADD_FAILURE() << "entered twice";
    } catch (const Error& error) {
      EXPECT_EQ(error.detail(), ErrorDetail::deadlock);
    }
  }));
  EXPECT_EQ(number.enter([](int inside) { return inside; }), 1);
}

TROOP_TEST(Monitor, livesUntilWhoIsInsideLeavesThoughItLetsGoOfTheLastOne) {
  const Atomic<int> alive = Atomic<int>::make(0);
  auto monitor = std::make_optional(Monitor<Witness>::make(alive));
  monitor->enter(assumeSendable([&](Witness&, Entered& entered) {
    monitor.reset();
    EXPECT_FALSE(entered.wait([] { return false; }, after(1ms)));
    EXPECT_EQ(alive.get(), 1);
  }));
  EXPECT_EQ(alive.get(), 0);
}

TROOP_TEST(Monitor, livesWhileSomebodyWaitsInsideThoughOthersLetGoOfIt) {
  const Atomic<int> alive = Atomic<int>::make(0);
  auto monitor = std::make_optional(Monitor<Witness>::make(alive));
  Event waits;
  Scope scope;
  scope.task([&] {
    monitor->enter(assumeSendable([&](Witness&, Entered& entered) {
      EXPECT_FALSE(entered.wait(
          [&] {
            waits.set();
            return false;
          },
          after(1ms)));
      EXPECT_EQ(alive.get(), 1);
    }));
  });
  waits.wait();
  monitor->enter([](Witness&) {});  // so that it is not inside any more, or is back
  monitor.reset();
  scope.join();
  EXPECT_EQ(alive.get(), 0);
}

TROOP_TEST(Monitor, isDestroyedOnceByThoseThatLetGoOfItInside) {
  const Atomic<int> alive = Atomic<int>::make(0);
  {
    Scope scope;
    const auto monitor = Monitor<Witness>::make(alive);
    for (int i = 0; i < 4; ++i) {
      scope.thread(
          [](Monitor<Witness> shared, Atomic<int> count, int yields) {
            auto own = std::make_optional(std::move(shared));
            own->enter([](Witness&) {});
            own->enter(assumeSendable([&](Witness&) {
              own.reset();
              for (int k = 0; k < yields; ++k) yield();
              EXPECT_EQ(count.get(), 1);
            }));
          },
          monitor, alive, i % 2);
    }
  }
  EXPECT_EQ(alive.get(), 0);
}

// Whenever it is woken others have come again. On one carrier how often that happens does not
// depend on how fast anything is.
TEST(Monitor, isEnteredByWhoWasOvertakenOften) {
  static constexpr int often = 1000;
  Process process({.carriers = 1});
  process.run([] {
    const Monitor<int> visits = Monitor<int>::make(0);
    Event inside;
    Scope scope;
    for (int i = 0; i < 2; ++i) {
      scope.thread(
          [](Monitor<int> shared, Event* entered) {
            const auto visit = [&](int& count) {
              entered->set();
              yield();
              return ++count;
            };
            while (shared.enter(assumeSendable(visit)) < often) {
            }
          },
          visits, assumeSendable(&inside));
    }
    inside.wait();
    EXPECT_LT(visits.enter([](int& count) { return std::exchange(count, often); }), often / 2);
  });
}

TEST(Monitor, isEnteredByThoseThatWaitInTheOrderInWhichTheyCame) {
  Process process({.carriers = 1});
  process.run([] {
    const auto order = Monitor<std::vector<int>>::make();
    Scope scope;
    order.enter(assumeSendable([&](std::vector<int>&) {
      for (int i = 0; i < 20; ++i) {
        scope.task([&order, i] {
          order.enter([](std::vector<int>& all, int number) { all.push_back(number); }, i);
        });
      }
      yield();
    }));
    scope.join();
    EXPECT_TRUE(order.enter([](const std::vector<int>& all) {
      return all.size() == 20 && std::ranges::is_sorted(all);
    }));
  });
}

TROOP_TEST(Monitor, isLeftByWhatThrowsInside) {
  const Monitor<int> number = Monitor<int>::make(1);
  EXPECT_THROW(number.enter([](int& inside) {
    inside = 2;
    throw Error(ErrorKind::failed, "inside");
  }),
               Error);
  EXPECT_EQ(number.enter([](int inside) { return inside; }), 2);
}

TROOP_TEST(Monitor, letsNothingButAnErrorBeThrownOutOfIt) {
  const Monitor<int> number = Monitor<int>::make(1);
  try {
    // NOLINTNEXTLINE(misc-throw-by-value-catch-by-reference): what must not get out
    number.enter([](int& inside) { throw &inside; });
    ADD_FAILURE() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.reason(), "an exception that is no std::exception");
  }
  EXPECT_THROW(number.enter(assumeSendable([](int&) { throw std::out_of_range("as it is"); })),
               std::out_of_range);
}

TROOP_TEST(Monitor, takesArgumentsThatAreMovedInside) {
  const Monitor<std::vector<Isolated<int>>> all = Monitor<std::vector<Isolated<int>>>::make();
  all.enter([](auto& inside, Isolated<int> one) { inside.push_back(std::move(one)); },
            Isolated<int>::make(7));
  int* const seven = new int(7);
  const auto sameIn = [](auto& inside, Entered&, std::unique_ptr<int> owned, const int* address) {
    return owned.get() == address && *owned == *inside.front();
  };
  EXPECT_TRUE(all.enterBy(never, sameIn, assumeSendable(std::unique_ptr<int>(seven)),
                          assumeSendable(static_cast<const int*>(seven)))
                  .value());
}

TROOP_TEST(Monitor, waitsForAPlaceNoLongerThanItsDeadline) {
  const Monitor<int> number = Monitor<int>::make(1);
  Event inside, done;
  Scope scope;
  scope.task([&] {
    number.enter(assumeSendable([&](int&) {
      inside.set();
      done.wait();
    }));
  });
  inside.wait();
  const Expected<int> late = number.enterBy(after(1ms), [](int value) { return value; });
  ASSERT_TRUE(late.failed());
  EXPECT_EQ(late.error().detail(), ErrorDetail::deadline);
  done.set();
  EXPECT_EQ(number.enterBy(never, [](int value) { return value; }).value(), 1);
}

TROOP_TEST(Monitor, waitsForASignalNoLongerThanItsDeadline) {
  const Monitor<int> number = Monitor<int>::make(1);
  number.enter([](int& inside, Entered& entered) {
    EXPECT_FALSE(entered.wait([&] { return inside == 2; }, after(1ms)));
    inside = 2;
    EXPECT_TRUE(entered.wait([&] { return inside == 2; }, after(1ms)));
  });
}

TROOP_TEST(Monitor, isLeftByTasksThatAreCancelledWhereverTheyWait) {
  const Monitor<int> number = Monitor<int>::make(0);
  Event inside;
  inScope({}, [&](Scope& scope) {
    scope.task([&] {  // waits inside, and is inside when it unwinds
      number.enter(assumeSendable([&](int& value, Entered& entered) {
        struct Leaves {
          int& value;
          ~Leaves() { ++value; }
        } const leaves{value};
        inside.set();
        entered.wait([] { return false; });
      }));
    });
    inside.wait();
    scope.task([&] {  // waits for something else inside
      number.enter(assumeSendable([&](int& value) {
        sleep(10s);
        value = 100;
      }));
    });
    for (int i = 0; i < 3; ++i) {
      scope.task([&] { number.enter([](int& value) { value += 10; }); });  // wait for a place
    }
    yield();
    yield();
    scope.cancel();
  });
  // Entering is no wait that is interrupted: who had begun to is told after it, or not at all.
  EXPECT_EQ(number.enter([](int value) { return value; }) % 10, 1);
}

TROOP_TEST(Monitor, isLeftByTroopsThatAreKilled) {
  const Monitor<int> number = Monitor<int>::make(0);
  Event inside;
  const Ref<Troop> troop = Process::current()->troop({.name = "killed"});
  const Ref<Thread> thread = troop->thread(
      {},
      [](Monitor<int> shared, Event* entered) {
        shared.enter(assumeSendable([&](int&) {
          entered->set();
          sleep(1h);
        }));
      },
      number, assumeSendable(&inside));
  inside.wait();
  troop->kill(Error(ErrorKind::disconnected, "no longer needed", ErrorDetail::killed));
  EXPECT_EQ(number.enter([](int value) { return value; }), 0);
  EXPECT_TRUE(thread->join().failed());
}

TROOP_TEST(Monitor, isEnteredByDestructorsOfWhatWasCancelled) {
  const Monitor<int> number = Monitor<int>::make(0);
  struct Counts {
    const Monitor<int>& number;
    ~Counts() {
      number.enter([](int& value) { ++value; });
    }
  };
  std::atomic<int> begun{0};
  inScope({}, [&](Scope& scope) {
    for (int i = 0; i < 5; ++i) {
      scope.thread(
          [](const Monitor<int>* shared, std::atomic<int>* seen) {
            const Counts counts{*shared};
            ++*seen;
            for (;;) {
              shared->enter([](int&) { yield(); });
            }
          },
          assumeSendable(&number), assumeSendable(&begun));
    }
    while (begun < 5) yield();  // what has not begun when it is cancelled never does
    scope.cancel();
  });
  EXPECT_EQ(number.enter([](int value) { return value; }), 5);
}

// As a mutex: what a destructor has to do inside is done, on whichever way it is left.
TROOP_TEST(Monitor, isEnteredByDestructorsThatAreNotUnwoundToo) {
  const Monitor<int> inside = Monitor<int>::make(0);
  struct Visit {
    const Monitor<int>& count;
    explicit Visit(const Monitor<int>& visits) : count(visits) {
      count.enter([](int& value) { ++value; });
    }
    ~Visit() {
      count.enter([](int& value) { --value; });
    }
  };
  const Ref<Troop> troop = Process::current()->troop({.name = "killed"});
  std::vector<Ref<Thread>> threads;
  for (int i = 0; i < 3; ++i) {
    threads.push_back(troop->thread(
        {},
        [](Monitor<int> visits) {
          for (;;) {
            {
              const Visit visit(visits);
            }
            yield();
          }
        },
        inside));
  }
  for (int i = 0; i < 5; ++i) yield();
  troop->kill(Error(ErrorKind::disconnected, "no longer needed", ErrorDetail::killed));
  for (const Ref<Thread>& thread : threads) EXPECT_TRUE(thread->join().failed());
  EXPECT_EQ(inside.enter([](int value) { return value; }), 0);
}

TROOP_TEST(Monitor, tellsWhoWaitsForAPlaceThatItWasCancelled) {
  const Monitor<int> number = Monitor<int>::make(0);
  Event inside, done;
  int told = 0;
  Scope holding;
  holding.task([&] {
    number.enter(assumeSendable([&](int&) {
      inside.set();
      done.wait();
    }));
  });
  inside.wait();
  inScope({}, [&](Scope& scope) {
    scope.task([&] {
      try {
        (void)number.enterBy(never, [](int& value) { value = 1; });
      } catch (const Cancelled&) {
        ++told;
        throw;
      }
    });
    scope.task([&] {
      const MustNotThrow here;
      const Expected<void> entered = number.enterBy(never, [](int& value) { value = 1; });
      if (entered.error().detail() == ErrorDetail::cancelled) ++told;
    });
    yield();
    yield();
    scope.cancel();
  });
  EXPECT_LE(told, 2);  // what had not begun never does
  done.set();
  holding.join();
  EXPECT_EQ(number.enter([](int value) { return value; }), 0);
}

TEST(Monitor, servesOsThreadsAndTasksAlike) {
  constexpr int rounds = 2000;
  const Monitor<int> turns = Monitor<int>::make(0);
  Process process({.carriers = 2});
  const auto play = [](const Monitor<int>& shared, int parity) {
    for (int round = 0; round < rounds; ++round) {
      shared.enter(
          [](int& turn, Entered& entered, int mine) {
            entered.wait([&] { return turn % 2 == mine; });
            ++turn;
            entered.broadcast();
          },
          parity);
    }
  };
  std::thread osThread([&] { play(turns, 0); });
  process.run([&] { play(turns, 1); });
  osThread.join();
  EXPECT_EQ(turns.enter([](int turn) { return turn; }), 2 * rounds);
}

TEST(Monitor, countsRightUnderContention) {
  constexpr int rounds = 20'000;
  const Monitor<int> count = Monitor<int>::make(0);
  Process process({.carriers = 3});
  process.run([&] {
    Scope scope;
    for (int i = 0; i < 6; ++i) {
      scope.thread(
          [](Monitor<int> shared) {
            for (int round = 0; round < rounds; ++round) {
              shared.enter([](int& value) { ++value; });
            }
          },
          count);
    }
  });
  EXPECT_EQ(count.enter([](int value) { return value; }), 6 * rounds);
}

}  // namespace
}  // namespace troop
