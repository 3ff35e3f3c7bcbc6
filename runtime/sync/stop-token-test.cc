#include "runtime/sync/stop-token.h"

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <thread>

#include "runtime/error.h"
#include "runtime/event.h"
#include "runtime/process.h"
#include "runtime/scope.h"
#include "runtime/sim/sweep.h"
#include "runtime/task.h"
#include "runtime/troop.h"

namespace troop::sync {
namespace {

TROOP_TEST(StopToken, saysWhetherSomebodyHasAskedOrMay) {
  stop_token token;
  EXPECT_FALSE(token.stop_possible());
  {
    stop_source source;
    token = source.get_token();
    EXPECT_TRUE(token.stop_possible());
    EXPECT_FALSE(token.stop_requested());
    EXPECT_EQ(token, source.get_token());
    EXPECT_NE(token, stop_token());
  }
  EXPECT_FALSE(token.stop_possible());
  stop_source source;
  stop_source copy(source);
  token = source.get_token();
  source = stop_source(nostopstate);
  EXPECT_FALSE(source.stop_possible());
  EXPECT_FALSE(source.request_stop());
  EXPECT_TRUE(token.stop_possible());
  EXPECT_TRUE(copy.request_stop());
  EXPECT_FALSE(copy.request_stop());
  EXPECT_TRUE(token.stop_requested());
  EXPECT_TRUE(copy.stop_requested());
}

TROOP_TEST(StopCallback, isCalledOnceByWhoAsksOrAtOnceAfterwards) {
  stop_source source;
  int calls = 0;
  const stop_callback first(source.get_token(), [&] { ++calls; });
  {
    const stop_callback gone(source.get_token(), [&] { calls += 100; });
  }
  source.request_stop();
  source.request_stop();
  EXPECT_EQ(calls, 1);
  const stop_callback late(source.get_token(), [&] { ++calls; });
  EXPECT_EQ(calls, 2);
  const stop_callback none(stop_token(), [&] { calls += 100; });
  EXPECT_EQ(calls, 2);
}

TROOP_TEST(StopCallback, destroysItselfInItsFunction) {
  stop_source source;
  std::optional<stop_callback<std::function<void()>>> callback;
  bool called = false;
  callback.emplace(source.get_token(), [&] {
    called = true;
    callback.reset();
  });
  source.request_stop();
  EXPECT_TRUE(called);
  EXPECT_FALSE(callback);
}

// Its function waits for one that its own carrier has to run: with the standard's, who destroys it
// blocks that carrier, and nobody goes on.
TROOP_TEST(StopCallback, isAwaitedByParking) {
  stop_source source;
  Event runs, goOn;
  std::atomic<bool> ended{false};
  auto callback = std::make_unique<stop_callback<std::function<void()>>>(source.get_token(), [&] {
    runs.set();
    goOn.wait();
    yield();
    ended = true;
  });
  Scope scope;
  scope.task([&] { source.request_stop(); });
  scope.task([&] {
    runs.wait();
    callback.reset();
    EXPECT_TRUE(ended);
  });
  scope.task([&] {
    runs.wait();
    for (int i = 0; i < 3; ++i) yield();
    goOn.set();
  });
  scope.join();
}

TEST(StopCallback, isAwaitedByOsThreadsAsWell) {
  stop_source source;
  std::atomic<bool> runs{false}, ended{false};
  auto callback = std::make_unique<stop_callback<std::function<void()>>>(source.get_token(), [&] {
    runs = true;
    for (int i = 0; i < 100; ++i) std::this_thread::yield();
    ended = true;
  });
  std::jthread asks([&] { source.request_stop(); });
  while (!runs) std::this_thread::yield();
  callback.reset();
  EXPECT_TRUE(ended);
}

TROOP_TEST(StopSource, isPaidForByWhoMakesIt) {
  const Ref<Troop> troop = Process::current()->troop({.name = "pays"});
  const Ref<Thread> thread = troop->thread({}, [] {
    const std::size_t before = Troop::current()->memory()->used();
    std::optional<stop_source> source(std::in_place);
    EXPECT_GE(Troop::current()->memory()->used(), before + sizeof(StopState));
    source.reset();
    EXPECT_EQ(Troop::current()->memory()->used(), before);
  });
  thread->join().value();
}

}  // namespace
}  // namespace troop::sync
