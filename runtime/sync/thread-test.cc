#include "runtime/sync/thread.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <thread>
#include <utility>

#include "runtime/error.h"
#include "runtime/event.h"
#include "runtime/process.h"
#include "runtime/scope.h"
#include "runtime/sim/sweep.h"

namespace troop::sync {
namespace {

TROOP_TEST(SyncThread, runsWhatItIsGivenWithItsArguments) {
  int sum = 0;
  thread worker([&](int first, std::unique_ptr<int> second) { sum = first + *second; }, 1,
                std::make_unique<int>(2));
  EXPECT_TRUE(worker.joinable());
  worker.join();
  EXPECT_FALSE(worker.joinable());
  EXPECT_EQ(sum, 3);
}

TROOP_TEST(SyncThread, hasTheIdThatItsFunctionHas) {
  thread::id inside;
  thread worker([&] { inside = this_thread::get_id(); });
  const thread::id outside = worker.get_id();
  worker.join();
  EXPECT_EQ(inside, outside);
  EXPECT_NE(inside, this_thread::get_id());
  EXPECT_NE(this_thread::get_id(), thread::id());
  EXPECT_EQ(worker.get_id(), thread::id());
  EXPECT_EQ(std::hash<thread::id>()(inside), std::hash<thread::id>()(outside));
  std::ostringstream text;
  text << inside;
  EXPECT_NE(text.str(), "");
}

TROOP_TEST(SyncThread, isMovedAndDetached) {
  Event ran;
  thread first([&] { ran.set(); });
  thread second = std::move(first);
  EXPECT_TRUE(second.joinable());
  first = thread();  // what it is now
  first.swap(second);
  EXPECT_TRUE(first.joinable());
  ran.wait();
  first.detach();
  EXPECT_FALSE(first.joinable());
}

TROOP_TEST(SyncThread, joinThrowsWhatItsFunctionThrew) {
  thread worker([] { throw std::runtime_error("no"); });
  try {
    worker.join();
    ADD_FAILURE() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.reason(), "no");
  }
  EXPECT_FALSE(worker.joinable());
}

TROOP_TEST(SyncThread, doesNotJoinItself) {
  Event made, tried;
  thread worker;
  worker = thread([&] {
    made.wait();
    try {
      worker.join();
      ADD_FAILURE() << "it was joined";
    } catch (const Error& error) {
      EXPECT_EQ(error.detail(), ErrorDetail::deadlock);
    }
    EXPECT_TRUE(worker.joinable());
    tried.set();
  });
  made.set();
  tried.wait();
  worker.join();
}

TROOP_TEST(SyncThread, sleepsAndGivesWay) {
  const Time before = now();
  this_thread::sleep_for(1ms);
  this_thread::sleep_until(after(1ms));
  this_thread::yield();
  EXPECT_GE(now(), before + 2ms);
  EXPECT_GE(thread::hardware_concurrency(), 1u);
}

TROOP_TEST(SyncThread, isJoinedByWhoWasCancelledBeforeItCameToThat) {
  std::atomic<bool> ended{false};
  Scope scope;
  scope.task([&] {
    thread worker([&] {
      for (int i = 0; i < 3; ++i) yield();
      ended = true;
    });
    scope.cancel();
    this_thread::sleep_for(1h);
    worker.join();
  });
  scope.join();
  EXPECT_TRUE(ended);
}

TEST(SyncThread, isStartedByOsThreadsInATroopThatTheyName) {
  EXPECT_THROW(thread([] {}), Error);
  Process process({.carriers = 1});
  bool ran = false;
  thread worker(process.root(), [&] { ran = Thread::current() != nullptr; });
  worker.join();
  EXPECT_TRUE(ran);
  EXPECT_NE(this_thread::get_id(), thread::id());
}

// As what Process::at() calls: there is no Task, and nothing that could wait.
TEST(SyncThread, hasAnIdInWhatACarrierCallsByItself) {
  Process process({.carriers = 1});
  std::promise<thread::id> carrier;
  process.at(now(), [&] { carrier.set_value(this_thread::get_id()); });
  const thread::id id = carrier.get_future().get();
  EXPECT_NE(id, thread::id());
  EXPECT_NE(id, this_thread::get_id());
}

TROOP_TEST(SyncJthread, getsItsTokenInATroopThatIsNamed) {
  const Ref<Troop> troop = Process::current()->troop({.name = "named"});
  Troop* ranIn = nullptr;
  bool possible = false;
  {
    const jthread worker(
        *troop,
        [&](stop_token token, int add) {
          ranIn = Troop::current();
          possible = token.stop_possible();
          while (!token.stop_requested()) this_thread::sleep_for(add * 1ms);
        },
        1);
    const jthread other(*troop, [](int) {}, 1);
  }
  EXPECT_EQ(ranIn, troop.get());
  EXPECT_TRUE(possible);
}

TROOP_TEST(SyncJthread, isAskedToStopAndJoined) {
  std::atomic<bool> stopped{false};
  {
    const jthread worker(
        [&](stop_token token, int milliseconds) {
          while (!token.stop_requested()) this_thread::sleep_for(milliseconds * 1ms);
          stopped = true;
        },
        1);
    EXPECT_TRUE(worker.joinable());
  }
  EXPECT_TRUE(stopped);
  jthread other([&] { stopped = false; });
  other = jthread();
  EXPECT_FALSE(stopped);
}

TROOP_TEST(SyncJthread, isJoinedByWhoWasCancelled) {
  bool ended = false;
  Scope scope;
  scope.task([&] {
    const jthread worker([&](stop_token token) {
      while (!token.stop_requested()) yield();
      for (int i = 0; i < 3; ++i) yield();
      ended = true;
    });
    scope.cancel();
    this_thread::sleep_for(1h);
  });
  scope.join();
  EXPECT_TRUE(ended);
}

}  // namespace
}  // namespace troop::sync
