#include "runtime/async/race.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <variant>

#include "runtime/async/future.h"
#include "runtime/async/wait.h"
#include "runtime/event.h"
#include "runtime/sim/sweep.h"
#include "runtime/task.h"
#include "runtime/troop.h"

namespace troop {
namespace {

struct Unwound {
  int& count;
  ~Unwound() { ++count; }
};

// Waits for ever, and counts when it has ended.
Async<int> endless(int& ended) {
  const Unwound mark{ended};
  co_await async::sleep(1h);
  co_return 0;
}

TROOP_TEST(Race, ofFuturesLeavesTheWorkToWhomItBelongs) {
  auto [never, lost] = troop::future<int>();
  auto [resolver, wins] = troop::future<int>();
  Scope scope;
  scope.task([to = std::move(resolver)]() mutable {
    sleep(1ms);
    to.resolve(1);
  });
  EXPECT_EQ(race(std::move(lost), std::move(wins)), 1);
  never.resolve(2);  // nobody asks for it any more

  auto [failing, fails] = troop::future<int>();
  failing.fail(Error(ErrorKind::failed, "no"));
  int ended = 0;
  EXPECT_EQ(firstOf(std::move(fails), [] { return 3; }), 3);
  EXPECT_THROW(race(Troop::current()->future({"fails"}, []() -> int { throw 1; }), endless(ended)),
               Error);
}

TROOP_TEST(Race, isWonByWhoEndsFirstAndTheOthersHaveEnded) {
  int ended = 0;
  EXPECT_EQ(race([] { return 1; }, endless(ended)), 1);
  const int result = race(
      [&] {
        const Unwound mark{ended};
        sleep(1h);
        return 2;
      },
      []() -> Async<int> {
        co_await async::sleep(1ms);
        co_return 3;
      });
  EXPECT_EQ(result, 3);
  // Those that had not begun never did.
  EXPECT_LE(ended, 2);
  EXPECT_GE(ended, 1);
}

TROOP_TEST(Race, isLostByAnErrorThatComesFirst) {
  int ended = 0;
  EXPECT_THROW(race(endless(ended), []() -> int { throw std::out_of_range("too far"); }),
               std::out_of_range);
}

TROOP_TEST(Race, tellsWhoWonWhereTheyGiveDifferentThings) {
  int ended = 0;
  const std::variant<int, std::string, Nothing> winner =
      race(endless(ended), [] { return std::string("text"); }, [] { sleep(1h); });
  EXPECT_EQ(std::get<1>(winner), "text");
  race([] {}, [] { sleep(1h); });
}

TROOP_TEST(Race, hasOneWinnerThoughAllEndAtOnce) {
  const int winner = race([] { return 1; }, [] { return 2; }, [] { return 3; });
  EXPECT_GE(winner, 1);
  EXPECT_LE(winner, 3);
}

TROOP_TEST(FirstOf, passesOverThoseThatFailAndThrowsWhereAllDo) {
  const auto fails = [] {
    throw std::out_of_range("too far");
    return 0;
  };
  const auto slow = [] {
    sleep(1ms);
    return 4;
  };
  EXPECT_EQ(firstOf(fails, slow), 4);
  EXPECT_THROW(firstOf(fails, fails), std::out_of_range);
}

TROOP_TEST(Race, isAwaitedByCoroutines) {
  int ended = 0;
  const auto work = [&]() -> Async<int> {
    const int first = co_await async::race(endless(ended), [] { return 5; });
    const int second = co_await async::firstOf(
        [] {
          throw std::out_of_range("too far");
          return 0;
        },
        []() -> Async<int> { co_return 6; });
    co_return first + second;
  };
  EXPECT_EQ(await(work()), 11);
}

TROOP_TEST(Race, isCancelledAsAWhole) {
  int ended = 0;
  Event begun;
  inScope({}, [&](Scope& scope) {
    scope.task([&] {
      (void)race(
          [&] {
            const Unwound mark{ended};
            begun.set();
            sleep(1h);
            return 1;
          },
          endless(ended));
      ADD_FAILURE() << "went on";
    });
    begun.wait();
    scope.cancel();
  });
  EXPECT_GE(ended, 1);
}

}  // namespace
}  // namespace troop
