#include "runtime/sync/caller.h"

#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "runtime/process.h"
#include "runtime/scope.h"
#include "runtime/sim/sweep.h"
#include "runtime/task.h"

namespace troop::sync {
namespace {

TROOP_TEST(Caller, isItsTaskWhereverThatRuns) {
  const void* const mine = callerIdentity();
  EXPECT_TRUE(callerMayPark());
  const void* other = nullptr;
  Scope scope;
  scope.task([&] { other = callerIdentity(); });
  scope.join();
  EXPECT_NE(other, mine);
  EXPECT_EQ(callerIdentity(), mine);
}

TEST(Caller, isItsOsThreadOutsideOfTasks) {
  const void* const mine = callerIdentity();
  EXPECT_EQ(callerIdentity(), mine);
  const void* other = nullptr;
  std::jthread([&] { other = callerIdentity(); }).join();
  EXPECT_NE(other, mine);
  EXPECT_TRUE(callerMayPark());
}

TEST(Caller, isACarrierInWhatThatCallsByItself) {
  Process process({.carriers = 1});
  std::promise<const void*> carrier;
  process.at(now(), [&] {
    EXPECT_FALSE(callerMayPark());
    carrier.set_value(callerIdentity());
  });
  EXPECT_NE(carrier.get_future().get(), callerIdentity());
}

}  // namespace
}  // namespace troop::sync
