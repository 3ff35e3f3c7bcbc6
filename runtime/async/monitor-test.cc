#include "runtime/async/monitor.h"

#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "runtime/async/scope.h"
#include "runtime/async/wait.h"
#include "runtime/event.h"
#include "runtime/process.h"
#include "runtime/scope.h"
#include "runtime/sim/sweep.h"
#include "runtime/task.h"

namespace troop {
namespace {

using Numbers = Monitor<std::vector<int>>;

int sizeOf(const Numbers& numbers) {
  return numbers.enter([](const std::vector<int>& all) { return static_cast<int>(all.size()); });
}

Async<void> addAll(Numbers numbers, int count) {
  for (int i = 0; i < count; ++i) {
    co_await async::enter(
        numbers, [](std::vector<int>& all, int number) { all.push_back(number); }, i);
    if (i % 3 == 0) co_await async::yield();
  }
}

TROOP_TEST(AsyncMonitor, isEnteredByCoroutinesTasksAndThreadsOneAtATime) {
  const Numbers numbers = Numbers::make();
  {
    Scope scope;
    for (int i = 0; i < 3; ++i) {
      scope.async(addAll(numbers, 10));
      scope.thread([](Numbers shared) { await(addAll(shared, 10)); }, numbers);
      scope.thread(
          [](Numbers shared) {
            for (int k = 0; k < 10; ++k) {
              shared.enter(
                  [](std::vector<int>& all, int number) {
                    const std::size_t size = all.size();
                    yield();  // inside, which coroutines wait for
                    EXPECT_EQ(all.size(), size);
                    all.push_back(number);
                  },
                  k);
            }
          },
          numbers);
    }
  }
  EXPECT_EQ(sizeOf(numbers), 90);
}

TROOP_TEST(AsyncMonitor, isEnteredOnceSomethingHolds) {
  const Monitor<std::deque<int>> jobs = Monitor<std::deque<int>>::make();
  std::atomic<int> sum{0};
  {
    Scope scope;
    for (int i = 0; i < 3; ++i) {
      scope.thread(
          [](Monitor<std::deque<int>> queue, std::atomic<int>* total) {
            await([](Monitor<std::deque<int>> in, std::atomic<int>* out) -> Async<void> {
              for (int k = 0; k < 5; ++k) {
                *out += co_await async::enterWhen(
                    in, [](const std::deque<int>& all) { return !all.empty(); },
                    [](std::deque<int>& all) {
                      const int first = all.front();
                      all.pop_front();
                      return first;
                    });
              }
            }(queue, total));
          },
          jobs, assumeSendable(&sum));
    }
    for (int job = 1; job <= 15; ++job) {
      jobs.enter(
          [](std::deque<int>& all, Entered& inside, int added) {
            all.push_back(added);
            inside.signal();
          },
          job);
      if (job % 4 == 0) yield();
    }
  }
  EXPECT_EQ(sum, 15 * 16 / 2);
}

TROOP_TEST(AsyncMonitor, letsThoseGoThatAreCancelledWhereverTheyWait) {
  const Numbers numbers = Numbers::make();
  Event inside;
  inScope({}, [&](Scope& scope) {
    scope.async([&]() -> Async<void> {  // for what never holds
      co_await async::enterWhen(
          numbers, [](const std::vector<int>&) { return false; },
          [](std::vector<int>&) { ADD_FAILURE() << "it does not hold"; });
    });
    scope.task([&] {
      numbers.enter(assumeSendable([&](std::vector<int>&) {
        inside.set();
        sleep(10s);
      }));
    });
    inside.wait();
    for (int i = 0; i < 3; ++i) {  // for a place
      scope.async([&]() -> Async<void> {
        co_await async::enter(numbers, [](std::vector<int>& all) { all.push_back(1); });
        ADD_FAILURE() << "it was never free";
      });
    }
    yield();
    yield();
    scope.cancel();
  });
  EXPECT_EQ(sizeOf(numbers), 0);
}

// As Monitor.isEnteredByWhoWasOvertakenOften.
TEST(AsyncMonitor, isEnteredByWhoWasOvertakenOften) {
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
    const auto endIt = [](int& count) { return std::exchange(count, often); };
    EXPECT_LT(await(async::enter(visits, endIt)), often / 2);
  });
}

TROOP_TEST(AsyncMonitor, isLeftByWhatThrowsInside) {
  const Numbers numbers = Numbers::make();
  const auto throws = [](const auto&) -> bool { throw Error(ErrorKind::failed, "inside"); };
  const auto nothing = [](std::vector<int>&) {};
  EXPECT_THROW(await(async::enter(numbers, throws)), Error);
  EXPECT_THROW(await(async::enterWhen(numbers, throws, nothing)), Error);
  EXPECT_EQ(sizeOf(numbers), 0);
}

// A plain call cannot wait in a coroutine; it must not go on beside whoever is inside.
TROOP_TEST(AsyncMonitor, isNotEnteredByAPlainCallBesideSomebody) {
  const Numbers numbers = Numbers::make();
  Event inside, done;
  Scope scope;
  scope.task([&] {
    numbers.enter(assumeSendable([&](std::vector<int>&) {
      inside.set();
      done.wait();
    }));
  });
  inside.wait();
  struct EntersAtItsEnd {
    const Numbers& numbers;
    std::string& told;
    ~EntersAtItsEnd() {
      try {
        numbers.enter([](std::vector<int>&) { ADD_FAILURE() << "beside somebody"; });
      } catch (const Error& error) {
        told = error.reason();
      }
      const Expected<void> entered =
          numbers.enterBy(never, [](std::vector<int>&) { ADD_FAILURE() << "beside somebody"; });
      EXPECT_EQ(entered.error().detail(), ErrorDetail::cancelled);
    }
  };
  std::string told;
  EXPECT_THROW(await([](const Numbers& shared, std::string& text) -> Async<void> {
                 const EntersAtItsEnd unwound{shared, text};
                 co_await async::yield();
                 throw Error(ErrorKind::failed, "unwinds");
               }(numbers, told)),
               Error);
  EXPECT_EQ(told, "a coroutine enters a Monitor where others are with co_await async::enter()");
  done.set();
}

TROOP_TEST(AsyncMonitor, keepsThePlaceOfACoroutineThatCannotWaitInside) {
  const Numbers numbers = Numbers::make();
  Scope scope;
  scope.thread(
      [](Numbers shared) {
        for (int i = 0; i < 20; ++i) {
          shared.enter([](std::vector<int>& all) {
            const std::size_t size = all.size();
            yield();
            EXPECT_EQ(all.size(), size);
          });
        }
      },
      numbers);
  scope.async([&]() -> Async<void> {
    for (int i = 0; i < 20; ++i) {
      co_await async::enter(numbers, [](std::vector<int>& all, Entered& entered) {
        all.push_back(0);
        EXPECT_THROW(entered.wait([] { return false; }), Error);
        all.pop_back();
      });
    }
  });
}

}  // namespace
}  // namespace troop
