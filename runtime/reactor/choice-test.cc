#include "runtime/reactor/choice.h"

#include <gtest/gtest.h>

#include "runtime/process.h"
#include "runtime/sim/simulation.h"
#include "runtime/testing/os-threads.h"

namespace troop {
namespace {

TEST(ReactorChoice, isMadeAtTheFirstUseAndStays) {
  const std::size_t before = tests::osThreads();
  Process process({.carriers = 2});
  Scheduler& scheduler = process.root().scheduler();
  EXPECT_EQ(scheduler.outside(), nullptr);
  EXPECT_EQ(tests::osThreads(), before);
  Reactor& reactor = reactorOf(scheduler);
  EXPECT_EQ(scheduler.outside(), &reactor);
  EXPECT_EQ(&reactorOf(scheduler), &reactor);
}

TEST(ReactorChoice, isRefusedWhereARunIsSimulated) {
  sim::run({.seed = 1},
           [] { EXPECT_THROW(reactorOf(Process::current()->root().scheduler()), Error); });
}

}  // namespace
}  // namespace troop
