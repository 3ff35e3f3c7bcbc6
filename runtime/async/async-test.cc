#include "runtime/async/async.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "runtime/async/wait.h"
#include "runtime/event.h"
#include "runtime/sim/sweep.h"
#include "runtime/task.h"

namespace troop {
namespace {

Async<int> plus(int a, int b) {
  co_await async::sleep(1ms);
  co_return a + b;
}

Async<int> sum(int n) {
  int total = 0;
  for (int i = 1; i <= n; ++i) total = co_await plus(total, i);
  co_return total;
}

Async<void> failing() {
  co_await async::yield();
  throw std::out_of_range("too far");
}

// NOLINTNEXTLINE(performance-unnecessary-value-param): it owns what it is given
Async<void> holding(std::shared_ptr<int> /*held*/, Event& until) {
  co_await until;
}

TROOP_TEST(Async, returnsItsValueToATaskAndToAnotherAsync) {
  EXPECT_EQ(await(plus(1, 2)), 3);
  EXPECT_EQ(await(sum(10)), 55);
}

TROOP_TEST(Async, throwsToWhoeverAwaitsIt) {
  EXPECT_THROW(await(failing()), std::out_of_range);
  const auto caught = []() -> Async<std::string> {
    try {
      co_await failing();
    } catch (const std::out_of_range& error) {
      co_return error.what();
    }
    co_return "nothing";
  };
  EXPECT_EQ(await(caught()), "too far");
}

TROOP_TEST(Async, startsWhenItIsAwaitedAndNotBefore) {
  bool ran = false;
  const auto sets = [](bool& flag) -> Async<void> {
    flag = true;
    co_return;
  };
  Async<void> work = sets(ran);
  yield();
  EXPECT_FALSE(ran);
  await(std::move(work));
  EXPECT_TRUE(ran);
}

TROOP_TEST(Async, thatIsDroppedNeverRunsAndLetsItsParametersGo) {
  Event never;
  const auto held = std::make_shared<int>(1);
  {
    const Async<void> dropped = holding(held, never);
    EXPECT_EQ(held.use_count(), 2);
  }
  EXPECT_EQ(held.use_count(), 1);
}

TROOP_TEST(Async, runsAsATaskBesideOthersInItsScope) {
  std::vector<int> order;
  Event first, second;
  Scope scope;
  scope.async([&]() -> Async<void> {
    co_await first;
    order.push_back(1);
    second.set();
  });
  scope.task([&] {
    order.push_back(0);
    first.set();
    second.wait();
    order.push_back(2);
  });
  scope.join();
  EXPECT_EQ(order, (std::vector<int>{0, 1, 2}));
}

TROOP_TEST(Async, takesTurnsWithTasksThatHaveStacks) {
  int coroutine = 0, fiber = 0;
  bool stop = false;
  Scope scope;
  scope.async([&]() -> Async<void> {
    while (!stop) {
      ++coroutine;
      co_await async::yield();
    }
  });
  scope.task([&] {
    while (coroutine < 20) {
      ++fiber;
      yield();
    }
    stop = true;
  });
  scope.join();
  EXPECT_GE(coroutine, 20);
  EXPECT_GE(fiber, 1);
}

TROOP_TEST(Async, thatFailsCancelsTheOthersOfItsScope) {
  Event never;
  int unwound = 0;
  struct Mark {
    int& count;
    ~Mark() { ++count; }
  };
  try {
    Scope scope;
    for (int i = 0; i < 3; ++i) {
      scope.async([&]() -> Async<void> {
        const Mark mark{unwound};
        co_await never;
      });
    }
    scope.task([&] {
      const Mark mark{unwound};
      never.wait();
    });
    // Those that have not begun when it fails will not begin.
    while (unwound == 0 && scope.cancelled() == false) {
      scope.async(failing());
      yield();
      yield();
    }
    scope.join();
    ADD_FAILURE() << "the error was lost";
  } catch (const std::out_of_range& error) {
    EXPECT_STREQ(error.what(), "too far");
  } catch (const Cancelled& cancelled) {
    EXPECT_EQ(cancelled.cause().reason(), "too far");
  }
  EXPECT_LE(unwound, 4);
}

TROOP_TEST(Async, isCancelledAtItsCoAwaitAndUnwindsThroughAllThatAwaitIt) {
  Event never, begun;
  std::vector<int> unwound;
  struct Mark {
    std::vector<int>& marks;
    int number;
    ~Mark() { marks.push_back(number); }
  };
  const auto inner = [&]() -> Async<void> {
    const Mark mark{unwound, 1};
    begun.set();
    co_await never;
  };
  const auto outer = [&]() -> Async<void> {
    const Mark mark{unwound, 2};
    try {
      co_await inner();
      ADD_FAILURE() << "the wait ended";
    } catch (const Cancelled& reason) {
      EXPECT_EQ(reason.cause().reason(), "enough");
      throw;
    }
  };
  inScope({}, [&](Scope& scope) {
    scope.async(outer);
    begun.wait();
    scope.cancel(Error(ErrorKind::failed, "enough"));
  });
  EXPECT_EQ(unwound, (std::vector<int>{1, 2}));
}

TROOP_TEST(Async, thatWasCancelledBeforeItBeganNeverRuns) {
  Event never;
  const auto held = std::make_shared<int>(1);
  bool ran = false;
  const auto body = [](std::shared_ptr<int> /*kept*/, bool& flag) -> Async<void> {
    flag = true;
    co_return;
  };
  inScope({}, [&](Scope& scope) {
    scope.async(body(held, ran));
    scope.cancel();
  });
  EXPECT_FALSE(ran);
  EXPECT_EQ(held.use_count(), 1);
}

TROOP_TEST(Async, inheritsTheDeadlineOfItsScope) {
  Event never;
  const auto waits = [&]() -> Async<void> { co_await never; };
  try {
    Scope scope{{.deadline = 1ms}};
    scope.async(waits);
    scope.join();
    ADD_FAILURE() << "the wait ended";
  } catch (const Error& error) {
    EXPECT_EQ(error.detail(), ErrorDetail::deadline);
  }
}

TROOP_TEST(Async, endsWithItsTroopInEveryState) {
  for (int turns = 0; turns < 6; ++turns) {
    const Ref<Troop> victim = Process::current()->troop({.name = "victim"});
    const Ref<Thread> thread = victim->thread({"coroutines"}, [] {
      Event never;
      const auto held = std::make_shared<int>(1);
      const Async<void> neverStarted = holding(held, never);
      Scope scope;
      scope.async(holding(held, never));
      scope.async([&]() -> Async<void> { co_await async::sleep(1h); });
      scope.async([&]() -> Async<void> { co_await holding(held, never); });
      scope.async([&]() -> Async<void> {
        for (;;) co_await async::yield();
      });
      await(holding(held, never));
    });
    for (int i = 0; i < turns; ++i) yield();
    victim->kill(Error(ErrorKind::failed, "the end"));
    EXPECT_EQ(thread->join().error().reason(), "the end");
    EXPECT_EQ(victim->memory()->used(), 0u);
    EXPECT_EQ(victim->tasks(), 0u);
  }
}

TROOP_TEST(Async, isAwaitedOnlyWhereATaskHasAStack) {
  EXPECT_EQ(await([]() -> Async<std::string> {
              try {
                await(plus(1, 2));
              } catch (const Error& error) {
                co_return error.reason();
              }
              co_return "nothing";
            }()),
            "a coroutine opens a Scope by co_await async::inScope()");
}

TROOP_TEST(Async, runsNothingInAnotherThreadThatItCannotWaitFor) {
  EXPECT_EQ(await([]() -> Async<std::string> {
              try {
                co_return Process::current()->run([] { return "ran"; });
              } catch (const Error& error) {
                co_return error.reason();
              }
            }()),
            "a coroutine does not wait in Process::run(): it starts what it awaits in a Scope");
}

// A coroutine cannot wait in a destructor, and there is told so where that says MustNotThrow.
TROOP_TEST(Async, isToldInDestructorsThatItCannotWait) {
  struct Waits {
    WaitResult& waited;
    ~Waits() {
      const MustNotThrow here;
      waited = Event().wait(after(1ms));
    }
  };
  WaitResult waited = WaitResult::signalled;
  await([](WaitResult& result) -> Async<void> {
    const Waits waits{result};
    co_await async::yield();
  }(waited));
  EXPECT_EQ(waited, WaitResult::cancelled);
}

[[gnu::noinline]] int errnoNow() {
  return errno;
}
[[gnu::noinline]] void setErrno(int value) {
  errno = value;
}

Async<void> keepErrno(int value, Duration pause) {
  for (int i = 0; i < 5; ++i) {
    setErrno(value);
    co_await async::yield();
    EXPECT_EQ(errnoNow(), value);
    co_await async::sleep(pause);
    EXPECT_EQ(errnoNow(), value);
  }
}

TROOP_TEST(Async, keepsItsErrnoWhereverItGoesOn) {
  Scope scope;
  for (int i = 1; i <= 3; ++i) {
    scope.async(keepErrno(i, Duration(1000 * i)));
    scope.thread([](int value) { await(keepErrno(value, Duration(1000))); }, i + 10);
    scope.task([i] {
      setErrno(i + 20);
      for (int k = 0; k < 5; ++k) yield();
      EXPECT_EQ(errnoNow(), i + 20);
    });
  }
}

// Each level resumes the next without standing on its stack: carriers have 8 MiB at most.
Async<int> deep(int levels) {
  if (levels == 0) co_return 0;
  co_return co_await deep(levels - 1) + 1;
}

Async<int> deepFailure(int levels) {
  if (levels == 0) throw std::out_of_range("the bottom");
  co_return co_await deepFailure(levels - 1);
}

Async<int> one() {
  co_return 1;
}

TEST(Async, chainsNeedNoStackHoweverLongOrDeepTheyAre) {
  static constexpr int loops = 1'000'000, levels = 200'000;
  Process process({.carriers = 1});
  process.run([] {
    const auto loop = []() -> Async<int> {
      int count = 0;
      for (int i = 0; i < loops; ++i) count += co_await one();
      co_return count;
    };
    EXPECT_EQ(await(loop()), loops);
    EXPECT_EQ(await(deep(levels)), levels);
  });
}

TEST(Async, errorsPassThroughDeepChains) {
  Process process({.carriers = 1});
  process.run([] { EXPECT_THROW(await(deepFailure(10'000)), std::out_of_range); });
}

}  // namespace
}  // namespace troop
