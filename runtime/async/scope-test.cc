#include "runtime/async/scope.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "runtime/async/async.h"
#include "runtime/async/wait.h"
#include "runtime/event.h"
#include "runtime/sim/sweep.h"
#include "runtime/task.h"

namespace troop {
namespace {

TROOP_TEST(AsyncScope, isNotJoinedByAPlainCallThatCannotWait) {
  int ended = 0;
  const auto work = [&]() -> Async<void> {
    co_await async::inScope({}, [&](Scope& scope) -> Async<void> {
      scope.task([&] {
        sleep(1ms);
        ++ended;
      });
      EXPECT_THROW(scope.join(), Error);
      EXPECT_EQ(scope.joinNoThrow().error().kind(), ErrorKind::failed);
      EXPECT_EQ(ended, 0);
      co_return;
    });
    EXPECT_EQ(ended, 1);
  };
  await(work());
}

TROOP_TEST(AsyncScope, joinsWhatWasStartedInIt) {
  int ended = 0;
  std::atomic<int> threads{0};
  const auto work = [&]() -> Async<void> {
    co_await async::inScope({}, [&](Scope& scope) -> Async<void> {
      for (int i = 0; i < 3; ++i) {
        scope.async([&]() -> Async<void> {
          co_await async::sleep(1ms);
          ++ended;
        });
        scope.task([&] {
          sleep(1ms);
          ++ended;
        });
        scope.thread([](std::atomic<int>* count) { ++*count; }, assumeSendable(&threads));
      }
      co_return;
    });
    EXPECT_EQ(ended, 6);
    EXPECT_EQ(threads, 3);
  };
  await(work());
  EXPECT_EQ(ended, 6);
}

TROOP_TEST(AsyncScope, throwsTheFirstErrorAfterAllHaveEnded) {
  Event never;
  int ended = 0;
  struct Mark {
    int& count;
    ~Mark() { ++count; }
  };
  const auto work = [&]() -> Async<void> {
    co_await async::inScope({}, [&](Scope& scope) -> Async<void> {
      Event begun;
      scope.async([&]() -> Async<void> {
        const Mark mark{ended};
        begun.set();
        co_await never;
      });
      co_await begun;
      scope.task([] { throw std::out_of_range("too far"); });
      co_await never;
    });
  };
  EXPECT_THROW(await(work()), std::out_of_range);
  EXPECT_EQ(ended, 1);
}

TROOP_TEST(AsyncScope, leftByAnExceptionCancelsJoinsAndLetsItPass) {
  Event never;
  bool ended = false;
  const auto work = [&]() -> Async<void> {
    co_await async::inScope({}, [&](Scope& scope) -> Async<void> {
      Event begun;
      scope.async([&]() -> Async<void> {
        begun.set();
        try {
          co_await never;
        } catch (const Cancelled&) {
          ended = true;
          throw;
        }
      });
      co_await begun;
      throw std::out_of_range("left");
    });
  };
  EXPECT_THROW(await(work()), std::out_of_range);
  EXPECT_TRUE(ended);
}

TROOP_TEST(AsyncScope, isCancelledFromOutsideWithAllThatIsInIt) {
  Event never, begun;
  int cancelled = 0;
  inScope({}, [&](Scope& outer) {
    outer.async([&]() -> Async<void> {
      co_await async::inScope({}, [&](Scope& scope) -> Async<void> {
        scope.async([&]() -> Async<void> {
          begun.set();
          try {
            co_await never;
          } catch (const Cancelled&) {
            ++cancelled;
            throw;
          }
        });
        co_return;
      });
      ADD_FAILURE() << "went on";
    });
    begun.wait();
    outer.cancel();
  });
  EXPECT_EQ(cancelled, 1);
}

TROOP_TEST(AsyncScope, handsItsDeadlineDown) {
  Event never;
  const auto work = [&]() -> Async<void> {
    co_await async::inScope({.deadline = 1ms}, [&](Scope& scope) -> Async<void> {
      scope.task([&] { never.wait(); });
      co_await async::sleep(1h);
    });
  };
  try {
    await(work());
    ADD_FAILURE() << "no deadline";
  } catch (const Error& error) {
    EXPECT_EQ(error.detail(), ErrorDetail::deadline);
  }
}

TROOP_TEST(AsyncScope, nests) {
  int depth = 0;
  const auto work = [&]() -> Async<void> {
    co_await async::inScope({}, [&](Scope& outer) -> Async<void> {
      outer.async([&]() -> Async<void> {
        co_await async::yield();
        ++depth;
      });
      co_await async::inScope({}, [&](Scope& inner) -> Async<void> {
        inner.task([&] { ++depth; });
        co_return;
      });
      EXPECT_GE(depth, 1);
    });
  };
  await(work());
  EXPECT_EQ(depth, 2);
}

}  // namespace
}  // namespace troop
