#include "runtime/async/all.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "runtime/async/future.h"
#include "runtime/async/wait.h"
#include "runtime/event.h"
#include "runtime/sim/sweep.h"
#include "runtime/task.h"
#include "runtime/troop.h"

namespace troop {
namespace {

Async<int> later(int value) {
  co_await async::sleep(value * 1us);
  co_return value;
}

TROOP_TEST(All, givesWhatAllGiveInTheirOrder) {
  bool ran = false;
  const auto [text, number, nothing, nested] = all(
      [] {
        sleep(1ms);
        return std::string("text");
      },
      later(2), [&] { ran = true; }, [] { return later(3); });
  EXPECT_EQ(text, "text");
  EXPECT_EQ(number, 2);
  EXPECT_TRUE(ran);
  EXPECT_EQ(nested, 3);
  (void)nothing;
}

TROOP_TEST(All, waitsForFuturesAsWell) {
  Troop& troop = *Troop::current();
  auto [resolver, future] = troop::future<void>();
  const auto [three, four, nothing] = all(troop.future({"adds"}, [] { return 3; }), later(4),
                                          [to = std::move(resolver)]() mutable { to.resolve(); });
  EXPECT_EQ(three + four, 7);
  (void)nothing;
  all(std::move(future));

  std::vector<Future<int>> futures;
  for (int i = 0; i < 3; ++i) {
    futures.push_back(troop.future({"gives"}, [](int value) { return value; }, i));
  }
  Scope scope;
  scope.async([futures = std::move(futures)]() mutable -> Async<void> {
    EXPECT_EQ(co_await async::allOf(std::move(futures)), (std::vector<int>{0, 1, 2}));
  });
}

TROOP_TEST(All, failsWhereAFutureDoes) {
  auto [resolver, future] = troop::future<int>();
  resolver.fail(Error(ErrorKind::overloaded, "tired"));
  try {
    all(std::move(future), [] { sleep(1h); });
    ADD_FAILURE() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.reason(), "tired");
  }
}

TROOP_TEST(All, runsThemBesideEachOther) {
  Event first, second;
  all(
      [&] {
        first.set();
        second.wait();
      },
      [&]() -> Async<void> {
        co_await first;
        second.set();
      });
  EXPECT_TRUE(second.isSet());
}

TROOP_TEST(All, takesAsManyAsThereAre) {
  std::vector<Async<int>> works;
  for (int i = 9; i >= 0; --i) works.push_back(later(i));
  EXPECT_EQ(allOf(std::move(works)), (std::vector<int>{9, 8, 7, 6, 5, 4, 3, 2, 1, 0}));
  EXPECT_EQ(allOf(std::vector<Async<int>>()), std::vector<int>());
}

TROOP_TEST(All, throwsTheFirstErrorAndCancelsTheRest) {
  Event never, begun;
  int cancelled = 0;
  const auto waits = [&] {
    begun.set();
    try {
      never.wait();
    } catch (const Cancelled&) {
      ++cancelled;
      throw;
    }
  };
  const auto fails = [&]() -> Async<int> {
    co_await begun;
    throw std::out_of_range("too far");
  };
  EXPECT_THROW(all(waits, fails), std::out_of_range);
  EXPECT_EQ(cancelled, 1);
}

TROOP_TEST(All, isAwaitedByCoroutines) {
  const auto work = []() -> Async<int> {
    const auto [a, b] = co_await async::all(later(1), [] {
      sleep(1ms);
      return 2;
    });
    std::vector<Async<int>> more;
    more.push_back(later(3));
    more.push_back(later(4));
    int sum = a + b;
    for (const int n : co_await async::allOf(std::move(more))) sum += n;
    co_return sum;
  };
  EXPECT_EQ(await(work()), 10);
}

TROOP_TEST(All, endsWhenItsScopeIsCancelled) {
  Event never, begun;
  int ended = 0;
  struct Mark {
    int& count;
    ~Mark() { ++count; }
  };
  inScope({}, [&](Scope& scope) {
    scope.task([&] {
      const Mark outer{ended};
      all(
          [&] {
            const Mark mark{ended};
            begun.set();
            never.wait();
          },
          [&]() -> Async<void> { co_await never; });
      ADD_FAILURE() << "went on";
    });
    begun.wait();
    scope.cancel();
  });
  EXPECT_EQ(ended, 2);
}

}  // namespace
}  // namespace troop
