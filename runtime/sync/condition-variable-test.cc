#include "runtime/sync/condition-variable.h"

#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <optional>
#include <thread>

#include "runtime/error.h"
#include "runtime/process.h"
#include "runtime/scope.h"
#include "runtime/sim/sweep.h"
#include "runtime/task.h"

namespace troop::sync {
namespace {

template <typename Condition>
struct Queue {
  void push(int value) {
    const std::lock_guard lock(guard);
    values.push_back(value);
    changed.notify_one();
  }
  int pop() {
    std::unique_lock lock(guard);
    changed.wait(lock, [&] { return !values.empty(); });
    const int first = values.front();
    values.pop_front();
    return first;
  }

  mutex guard;
  Condition changed;
  std::deque<int> values;
};

template <typename Condition>
void passValuesOn() {
  Queue<Condition> queue;
  int sum = 0;
  {
    Scope scope;
    for (int thread = 0; thread < 3; ++thread) {
      scope.thread(
          [](Queue<Condition>* from, Queue<Condition>* to) {
            for (int i = 0; i < 10; ++i) to->push(from->pop());
          },
          assumeSendable(&queue), assumeSendable(&queue));
    }
    for (int i = 0; i < 20; ++i) queue.push(1);
    for (int i = 0; i < 20; ++i) sum += queue.pop();
    for (int i = 0; i < 3; ++i) queue.push(1);  // for those who took one and wait to pass it on
  }
  EXPECT_EQ(sum, 20);
}

TROOP_TEST(ConditionVariable, wakesWhoWaitsForAChange) {
  passValuesOn<condition_variable>();
}

TROOP_TEST(ConditionVariableAny, wakesWhoWaitsForAChange) {
  passValuesOn<condition_variable_any>();
}

TROOP_TEST(ConditionVariable, wakesAll) {
  mutex guard;
  condition_variable changed;
  bool open = false;
  int passed = 0;
  Scope scope;
  for (int task = 0; task < 4; ++task) {
    scope.task([&] {
      std::unique_lock lock(guard);
      changed.wait(lock, [&] { return open; });
      ++passed;
    });
  }
  yield();
  {
    const std::lock_guard lock(guard);
    open = true;
  }
  changed.notify_all();
  scope.join();
  EXPECT_EQ(passed, 4);
}

TROOP_TEST(ConditionVariable, saysThatTimeHasPassed) {
  mutex guard;
  condition_variable changed;
  condition_variable_any any;
  std::unique_lock lock(guard);
  while (changed.wait_for(lock, 1ms) != cv_status::timeout) {
  }
  while (any.wait_until(lock, after(1ms)) != cv_status::timeout) {
  }
  EXPECT_FALSE(changed.wait_until(lock, after(1ms), [] { return false; }));
  EXPECT_TRUE(changed.wait_for(lock, 1h, [] { return true; }));
  EXPECT_FALSE(any.wait_for(lock, 1ms, [] { return false; }));
  EXPECT_TRUE(lock.owns_lock());
}

TROOP_TEST(ConditionVariable, hasTheMutexAgainWhenItIsCancelled) {
  mutex guard;
  condition_variable changed;
  bool waits = false;
  bool had = false;
  Scope scope;
  scope.task([&] {
    std::unique_lock lock(guard);
    waits = true;
    try {
      changed.wait(lock, [] { return false; });
    } catch (const Cancelled&) {
      had = lock.owns_lock();
      lock.unlock();
      const std::lock_guard again(guard);
      throw;
    }
  });
  while (!waits) yield();
  scope.cancel();
  scope.join();
  EXPECT_TRUE(had);
  EXPECT_TRUE(guard.try_lock());
  guard.unlock();
}

TROOP_TEST(ConditionVariable, waitsForWhatItWasAskedWhereNoWaitMayThrow) {
  mutex guard;
  condition_variable changed;
  bool open = false;
  bool waits = false;
  bool saw = false;
  Scope outer;
  outer.task([&] {
    const MustNotThrow here;
    Scope inner;
    inner.cancel();
    std::unique_lock lock(guard);
    waits = true;
    changed.wait(lock, [&] { return open; });
    saw = open;
  });
  while (!waits) yield();
  yield();
  {
    const std::lock_guard lock(guard);
    open = true;
  }
  changed.notify_one();
  outer.join();
  EXPECT_TRUE(saw);
}

// By who has the mutex, as the standard allows: those who were notified are about to take that.
TROOP_TEST(ConditionVariable, isDestroyedOnceAllWereNotified) {
  for (int round = 0; round < 10; ++round) {
    mutex guard;
    auto changed = std::make_unique<condition_variable>();
    int waits = 0;
    bool open = false;
    Scope scope;
    for (int thread = 0; thread < 2; ++thread) {
      scope.thread(
          [](mutex* to, condition_variable* at, int* count, bool* isOpen) {
            std::unique_lock lock(*to);
            ++*count;
            if (!*isOpen) at->wait(lock);
          },
          assumeSendable(&guard), assumeSendable(changed.get()), assumeSendable(&waits),
          assumeSendable(&open));
    }
    std::unique_lock lock(guard);
    while (waits < 2) {
      lock.unlock();
      yield();
      lock.lock();
    }
    open = true;
    changed->notify_all();
    changed.reset();
  }
}

// As what Process::at() calls, which cannot wait until those who were notified have noticed.
TEST(ConditionVariable, isDestroyedAlsoByWhoCannotWait) {
  Process process({.carriers = 1});
  process.run([&] {
    mutex guard;
    auto changed = std::make_unique<condition_variable>();
    bool open = false;
    std::unique_lock lock(guard);
    process.at(now(), [&] {
      open = true;
      changed->notify_all();
      changed.reset();
    });
    while (!open) changed->wait(lock);
  });
}

TROOP_TEST(ConditionVariableAny, stopsWaitingWhenItIsAskedTo) {
  mutex guard;
  condition_variable_any changed;
  stop_source stop;
  std::optional<bool> held;
  Scope scope;
  scope.thread(
      [](mutex* to, condition_variable_any* at, stop_token token, std::optional<bool>* says) {
        std::unique_lock lock(*to);
        *says = at->wait(lock, token, [] { return false; });
        EXPECT_FALSE(at->wait_for(lock, token, 1h, [] { return false; }));
        EXPECT_TRUE(at->wait_until(lock, token, after(1h), [] { return true; }));
      },
      assumeSendable(&guard), assumeSendable(&changed), assumeSendable(stop.get_token()),
      assumeSendable(&held));
  yield();
  stop.request_stop();
  scope.join();
  EXPECT_EQ(held, false);
}

TEST(ConditionVariable, isWaitedForByOsThreads) {
  Queue<condition_variable> queue;
  std::jthread host([&] {
    for (int i = 0; i < 100; ++i) queue.push(i);
  });
  for (int i = 0; i < 100; ++i) EXPECT_EQ(queue.pop(), i);
}

}  // namespace
}  // namespace troop::sync
