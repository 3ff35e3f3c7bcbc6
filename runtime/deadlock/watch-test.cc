#include "runtime/deadlock/watch.h"

#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <string>

#include "runtime/process.h"
#include "runtime/scope.h"
#include "runtime/sync/mutex.h"
#include "runtime/task.h"

namespace troop::deadlock {
namespace {

std::atomic<int> reports{0};
void count(const char* report) {
  EXPECT_NE(std::string(report).find("deadlock"), std::string::npos);
  ++reports;
}

constexpr auto throwing = ProcessOptions::LocksInDeadlock::throwError;

// Each has one and wants the other one's; neither may be told.
void cross(sync::mutex& mine, sync::mutex& other, std::atomic<int>& have) {
  mine.lock();
  ++have;
  while (have < 2) yield();
  try {
    other.lock();
    other.unlock();
  } catch (const Error&) {
    ++have;
  }
  mine.unlock();
}

TEST(DeadlockWatch, tellsOfADeadlock) {
  reports = 0;
  sync::mutex first, second;
  std::atomic<int> have{0};
  Process process(
      {.carriers = 1, .deadlocksAfter = 5ms, .onDeadlock = &count, .locksInDeadlock = throwing});
  process.run([&] {
    Scope scope;
    scope.task([&] { cross(first, second, have); });
    scope.task([&] { cross(second, first, have); });
  });
  EXPECT_EQ(reports, 1);
  EXPECT_EQ(have, 3);
}

// The end of a Scope closes the circle, long after the wait in it has begun.
TEST(DeadlockWatch, findsWhatIsClosedByNoWaitThatItKnows) {
  reports = 0;
  sync::mutex mutex;
  Process process(
      {.carriers = 1, .deadlocksAfter = 2ms, .onDeadlock = &count, .locksInDeadlock = throwing});
  process.run([&] {
    const std::unique_lock lock(mutex);
    bool told = false;
    {
      Scope scope;
      scope.task([&] {
        try {
          mutex.lock();
          mutex.unlock();
        } catch (const Error& error) {
          told = error.detail() == ErrorDetail::deadlock;
        }
      });
      sleep(50ms);
    }
    EXPECT_TRUE(told);
  });
  EXPECT_EQ(reports, 1);
}

TEST(DeadlockWatch, hasNoTimerThatCountsAsOneOfTheProcess) {
  Process process({.carriers = 1, .deadlocksAfter = 1h});
  sync::mutex mutex;
  process.run([&] {
    const std::unique_lock lock(mutex);
    Scope scope;
    scope.task([&] {
      mutex.lock();
      mutex.unlock();
    });
    yield();
    EXPECT_EQ(process.counts().timers, 0u);
    mutex.unlock();
    scope.join();
    mutex.lock();
  });
  EXPECT_EQ(process.counts().timers, 0u);
}

}  // namespace
}  // namespace troop::deadlock
