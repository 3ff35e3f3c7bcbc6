#include "runtime/async/timeout.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "runtime/async/wait.h"
#include "runtime/event.h"
#include "runtime/sim/sweep.h"
#include "runtime/task.h"

namespace troop {
namespace {

Async<int> after1ms() {
  co_await async::sleep(1ms);
  co_return 1;
}

Async<int> endless() {
  co_await async::sleep(1h);
  co_return 0;
}

TROOP_TEST(Timeout, givesWhatComesInTime) {
  EXPECT_EQ(timeout(1h, [] { return 7; }).value(), 7);
  EXPECT_TRUE(timeout(1h, [] {}));
  EXPECT_EQ(timeout(1h, after1ms()).value(), 1);
  EXPECT_EQ(timeout(1h, [] { return after1ms(); }).value(), 1);
}

TROOP_TEST(Timeout, givesTheErrorWhenItIsOver) {
  Event never;
  const Expected<void> over = timeout(1ms, [&] { never.wait(); });
  ASSERT_TRUE(over.failed());
  EXPECT_EQ(over.error().detail(), ErrorDetail::deadline);
  EXPECT_EQ(timeout(1ms, endless()).error().detail(), ErrorDetail::deadline);
}

TROOP_TEST(Timeout, throwsWhatTheWorkThrows) {
  EXPECT_THROW((void)timeout(1h, []() -> int { throw std::out_of_range("too far"); }),
               std::out_of_range);
  EXPECT_THROW((void)timeout(1h,
                             []() -> Async<int> {
                               co_await async::yield();
                               throw std::out_of_range("too far");
                             }),
               std::out_of_range);
}

TROOP_TEST(Timeout, isNotTheDeadlineAroundIt) {
  bool thrown = false;
  try {
    Scope scope{{.deadline = 1ms}};
    (void)timeout(1h, [] { sleep(2h); });
  } catch (const Error& error) {
    EXPECT_EQ(error.detail(), ErrorDetail::deadline);
    thrown = true;
  }
  EXPECT_TRUE(thrown);
}

TROOP_TEST(Timeout, isAwaitedByCoroutines) {
  const auto work = []() -> Async<int> {
    const Expected<int> over = co_await async::timeout(1ms, endless());
    EXPECT_EQ(over.error().detail(), ErrorDetail::deadline);
    const Expected<void> nothing =
        co_await async::timeout(1h, []() -> Async<void> { co_await async::yield(); });
    EXPECT_TRUE(nothing);
    co_return (co_await async::timeout(1h, after1ms())).value();
  };
  EXPECT_EQ(await(work()), 1);
}

}  // namespace
}  // namespace troop
