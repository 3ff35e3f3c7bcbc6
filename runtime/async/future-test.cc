#include "runtime/async/future.h"

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "runtime/async/async.h"
#include "runtime/async/wait.h"
#include "runtime/event.h"
#include "runtime/process.h"
#include "runtime/scope.h"
#include "runtime/sim/sweep.h"
#include "runtime/task.h"

namespace troop {
namespace {

int add(int a, int b) {
  return a + b;
}

TROOP_TEST(Future, givesWhatATaskReturns) {
  Scope scope;
  Future<std::string> text = scope.future([] {
    sleep(1ms);
    return std::string("done");
  });
  Future<void> nothing = scope.future([] {});
  EXPECT_EQ(text.get().value(), "done");
  EXPECT_TRUE(nothing.get());
}

TROOP_TEST(Future, givesWhatACoroutineReturnsAndCoroutinesAwaitIt) {
  Scope scope;
  Future<int> first = scope.future([]() -> Async<int> {
    co_await async::sleep(1ms);
    co_return 1;
  });
  Future<int> second = scope.future([] {
    sleep(2ms);
    return 2;
  });
  Future<int> sum = scope.future([&]() -> Async<int> {
    const int a = co_await std::move(first);
    co_return a + co_await std::move(second);
  });
  EXPECT_EQ(sum.get().value(), 3);
}

TROOP_TEST(Future, givesWhatAThreadReturnsOrThrows) {
  Troop& troop = *Troop::current();
  EXPECT_EQ(troop.future({"adds"}, add, 1, 2).get().value(), 3);
  Future<void> fails = troop.future({"fails"}, [] { throw std::out_of_range("too far"); });
  EXPECT_EQ(fails.get().error().reason(), "too far");
}

TROOP_TEST(Future, givesTheErrorOfATaskAndSoDoesItsScope) {
  Event seen;
  try {
    Scope scope;
    Future<int> fails = scope.future([]() -> int { throw std::out_of_range("too far"); });
    scope.join();
    ADD_FAILURE() << "the error was lost";
  } catch (const std::out_of_range& error) {
    EXPECT_STREQ(error.what(), "too far");
  }
}

TROOP_TEST(Future, givesWhatAThreadOfAScopeReturns) {
  Scope scope;
  EXPECT_EQ(scope.threadFuture({"adds"}, add, 1, 2).get().value(), 3);
}

TROOP_TEST(Future, givesTheErrorOfAThreadAndSoDoesItsScope) {
  std::optional<Future<int>> fails;
  try {
    Scope scope;
    scope.thread([] { sleep(1h); });
    fails = scope.threadFuture({"fails"}, []() -> int { throw std::out_of_range("too far"); });
    scope.join();
    ADD_FAILURE() << "the error was lost";
  } catch (const Error& error) {
    EXPECT_EQ(error.reason(), "too far");
  }
  EXPECT_EQ(fails->get().error().reason(), "too far");
}

TROOP_TEST(Future, throwsInAnAsyncTheErrorOfWhatWasThrown) {
  auto [resolver, future] = troop::future<int>();
  Scope scope;
  scope.async([&, awaited = std::move(future)]() mutable -> Async<void> {
    try {
      co_await std::move(awaited);
      ADD_FAILURE() << "nothing was thrown";
    } catch (const Error& error) {
      EXPECT_EQ(error.reason(), "too far");
    }
  });
  scope.task([&, fails = std::move(resolver)]() mutable {
    fails.resolveBy([]() -> int { throw std::out_of_range("too far"); });
  });
}

TROOP_TEST(Future, mayBeAskedAgainAfterATimeout) {
  auto [resolver, future] = troop::future<int>();
  EXPECT_EQ(future.get(1ms).error().detail(), ErrorDetail::deadline);
  EXPECT_FALSE(future.ready());
  resolver.resolve(7);
  EXPECT_TRUE(future.ready());
  EXPECT_EQ(future.get(0s).value(), 7);
}

TROOP_TEST(Future, ofAResolverThatIsDroppedFails) {
  auto [resolver, future] = troop::future<int>();
  Scope scope;
  scope.task([dropped = std::move(resolver)] { sleep(1ms); });
  EXPECT_EQ(future.get().error().kind(), ErrorKind::disconnected);
}

TROOP_TEST(Future, ofWorkThatWasCancelledFailsWithTheCause) {
  auto [resolver, future] = troop::future<void>();
  Event begun, never;
  inScope({}, [&](Scope& scope) {
    scope.task([&, resolves = std::move(resolver)]() mutable {
      begun.set();
      resolves.resolveBy([&] { never.wait(); });
    });
    begun.wait();
    scope.cancel(Error(ErrorKind::failed, "enough", ErrorDetail::cancelled));
  });
  EXPECT_EQ(future.get().error().reason(), "enough");
}

TROOP_TEST(Future, waitsAreCancelledAndLeaveItUsable) {
  auto [resolver, future] = troop::future<int>();
  int cancelled = 0;
  inScope({}, [&, &asked = future](Scope& scope) {
    Event begun;
    scope.task([&] {
      begun.set();
      try {
        (void)asked.get();
      } catch (const Cancelled&) {
        ++cancelled;
        throw;
      }
    });
    begun.wait();
    scope.cancel();
  });
  EXPECT_EQ(cancelled, 1);
  resolver.resolve(1);
  EXPECT_EQ(future.get().value(), 1);
}

TROOP_TEST(Future, callsAFunctionOnAnExecutorAndGivesWhatThatReturns) {
  std::vector<std::function<void()>> queue;
  const auto later = [&](std::function<void()> call) { queue.push_back(std::move(call)); };
  auto [resolver, future] = troop::future<int>();
  Future<std::string> text = std::move(future).then(
      later, [](Expected<int> n) { return "n is " + std::to_string(n.value()); });
  EXPECT_TRUE(queue.empty());
  resolver.resolve(3);
  ASSERT_EQ(queue.size(), 1u);
  EXPECT_FALSE(text.ready());
  queue.front()();
  EXPECT_EQ(text.get().value(), "n is 3");

  // One that is resolved already is handed over at once; an error is handed over as well.
  auto [failing, failed] = troop::future<int>();
  failing.fail(Error(ErrorKind::overloaded, "tired"));
  Future<int> fallback =
      std::move(failed).then(later, [](Expected<int> n) { return n ? n.value() : -1; });
  ASSERT_EQ(queue.size(), 2u);
  queue.back()();
  EXPECT_EQ(fallback.get().value(), -1);
}

TROOP_TEST(Future, ofAnExecutorThatThrowsOrDropsFails) {
  auto [resolver, future] = troop::future<int>();
  Future<void> refused = std::move(future).then(
      [](const std::function<void()>&) { throw Error(ErrorKind::overloaded, "full"); },
      [](const Expected<int>&) {});
  resolver.resolve(1);
  EXPECT_EQ(refused.get().error().reason(), "full");

  auto [another, dropped] = troop::future<int>();
  Future<void> lost =
      std::move(dropped).then([](const std::function<void()>&) {}, [](const Expected<int>&) {});
  another.resolve(1);
  EXPECT_EQ(lost.get().error().kind(), ErrorKind::disconnected);
}

TROOP_TEST(Future, hasAThreadGoOn) {
  const Ref<Thread> service = Process::current()->root().serviceThread("service");
  auto [resolver, future] = troop::future<int>();
  Future<std::string> there = std::move(future).then(service, [](const Expected<int>& n) {
    return Thread::current()->name() + std::to_string(n.value());
  });
  resolver.resolve(1);
  EXPECT_EQ(there.get().value(), "service1");
  service->close();
  EXPECT_TRUE(service->join());
}

// A coroutine type of somebody else, which knows nothing of Tasks.
struct Detached {
  // NOLINTBEGIN(readability-identifier-naming): the language asks for these names
  struct promise_type {
    Detached get_return_object() noexcept { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() noexcept {}
    void unhandled_exception() noexcept { std::terminate(); }
  };
  // NOLINTEND(readability-identifier-naming)
};

Detached report(Future<int> future, int& result) {
  result = co_await std::move(future);
}

template <typename E>
Detached reportOn(Future<int> future, E executor, int& result) {
  result = co_await std::move(future).on(executor);
}

TROOP_TEST(Future, isAwaitedByCoroutinesOfOthers) {
  int result = 0;
  auto [resolver, future] = troop::future<int>();
  report(std::move(future), result);
  EXPECT_EQ(result, 0);
  resolver.resolve(5);
  EXPECT_EQ(result, 5);

  auto [again, settled] = troop::future<int>();
  again.resolve(6);
  report(std::move(settled), result);
  EXPECT_EQ(result, 6);

  std::vector<std::function<void()>> queue;
  auto [last, queued] = troop::future<int>();
  reportOn(
      std::move(queued), [&](std::function<void()> call) { queue.push_back(std::move(call)); },
      result);
  last.resolve(7);
  EXPECT_EQ(result, 6);
  ASSERT_EQ(queue.size(), 1u);
  queue.front()();
  EXPECT_EQ(result, 7);
}

TROOP_TEST(Future, isSettledOnceHoweverItRacesWithWhoWaits) {
  for (int i = 0; i < 20; ++i) {
    auto [resolver, future] = troop::future<int>();
    auto [handed, last] = troop::future<int>();
    Scope scope;
    scope.thread([](Resolver<int> r, int n) { r.resolve(n); }, std::move(resolver), i);
    scope.thread([](Future<int> f, Resolver<int> r) { r.resolve(f.get().value() + 1); },
                 std::move(future), std::move(handed));
    scope.async([&, result = std::move(last)]() mutable -> Async<void> {
      EXPECT_EQ(co_await std::move(result), i + 1);
    });
  }
}

TEST(Future, isWaitedForByOsThreadsOfTheHost) {
  Process process({.carriers = 2});
  Future<int> sum = process.root().future({"adds"}, add, 40, 2);
  EXPECT_EQ(sum.get(1h).value(), 42);

  Future<void> never = process.root().future({"never"}, [] { sleep(1h); });
  EXPECT_EQ(never.get(1ms).error().detail(), ErrorDetail::deadline);

  // Resolved by an OS thread, awaited by a Task.
  auto [resolver, future] = troop::future<int>();
  std::thread host([r = std::move(resolver)]() mutable { r.resolve(9); });
  EXPECT_EQ(process.run([&asked = future] { return asked.get().value(); }), 9);
  host.join();
}

TEST(Future, ofAKilledTroopFails) {
  Process process({.carriers = 1});
  const Ref<Troop> victim = process.troop({.name = "victim"});
  Future<void> never = victim->future({"never"}, [] { sleep(1h); });
  victim->kill(Error(ErrorKind::failed, "the end"));
  EXPECT_TRUE(never.get().failed());
}

}  // namespace
}  // namespace troop
