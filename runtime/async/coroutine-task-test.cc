#include "runtime/async/coroutine-task.h"

#include <gtest/gtest.h>

#include <string>

#include "runtime/async/async.h"
#include "runtime/async/wait.h"
#include "runtime/channel.h"
#include "runtime/event.h"
#include "runtime/sim/sweep.h"
#include "runtime/task.h"

namespace troop {
namespace {

template <typename F>
std::string refusalOf(F wait) {
  try {
    wait();
  } catch (const Error& error) {
    return error.reason();
  }
  return "none";
}

TROOP_TEST(CoroutineTask, refusesPlainWaitsThatWouldHaveToWait) {
  const auto tries = []() -> Async<void> {
    const std::string refusal = "a coroutine waits with co_await only: see runtime/async/wait.h";
    Event event;
    auto [sender, receiver] = channel<int>(1);
    EXPECT_EQ(refusalOf([&] { event.wait(); }), refusal);
    EXPECT_EQ(refusalOf([&] { receiver.receive(); }), refusal);
    EXPECT_EQ(refusalOf([&] { sleep(1ms); }), refusal);
    sender.send(1).value();
    EXPECT_EQ(refusalOf([&] { (void)sender.send(2); }), refusal);
    // What is there is taken.
    EXPECT_EQ(receiver.receive(), 1);
    event.set();
    EXPECT_EQ(event.wait(), WaitResult::signalled);
    EXPECT_EQ(event.waitNoThrow(), WaitResult::signalled);
    yield();
    co_return;
  };
  await(tries());
}

TROOP_TEST(CoroutineTask, tellsPlainWaitsOfDestructorsThatItWasCancelled) {
  Event begun, never;
  bool cleaned = false;
  struct Cleanup {
    bool& flag;
    ~Cleanup() {
      Event event;
      EXPECT_EQ(event.wait(), WaitResult::cancelled);
      EXPECT_EQ(event.waitNoThrow(), WaitResult::cancelled);
      auto [sender, receiver] = channel<int>(1);
      EXPECT_EQ(receiver.receive(), std::nullopt);
      sleep(1h);
      flag = true;
    }
  };
  inScope({}, [&](Scope& scope) {
    scope.async([&]() -> Async<void> {
      const Cleanup cleanup{cleaned};
      begun.set();
      co_await never;
    });
    begun.wait();
    scope.cancel();
  });
  EXPECT_TRUE(cleaned);
}

TROOP_TEST(CoroutineTask, runsDestructorsOfParametersAsItsOwnCode) {
  struct Asks {
    bool* inTaskAtEnd;
    explicit Asks(bool* flag) : inTaskAtEnd(flag) {}
    Asks(Asks&& other) noexcept : inTaskAtEnd(std::exchange(other.inTaskAtEnd, nullptr)) {}
    ~Asks() {
      if (inTaskAtEnd != nullptr) *inTaskAtEnd = inTask();
    }
  };
  bool inTaskAtEnd = false;
  {
    const auto body = [](Asks) -> Async<void> { co_return; };
    Scope scope;
    scope.async(body(Asks(&inTaskAtEnd)));
  }
  EXPECT_TRUE(inTaskAtEnd);
}

// What a blocked coroutine takes of memory is a promise to those who start a million of them.
TEST(CoroutineTask, isSmall) {
  EXPECT_LE(sizeof(CoroutineTask), 176u);
}

}  // namespace
}  // namespace troop
