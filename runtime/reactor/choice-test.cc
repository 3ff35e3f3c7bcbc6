#include "runtime/reactor/choice.h"

#include <gtest/gtest.h>

#include <cstdint>

#include "runtime/process.h"
#include "runtime/sim/simulated-scheduler.h"
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

TEST(ReactorChoice, isThatOfTheRunWhereARunIsSimulated) {
  sim::run({.seed = 1}, [] {
    Scheduler& scheduler = Process::current()->root().scheduler();
    ASSERT_NE(scheduler.outside(), nullptr);
    EXPECT_EQ(&reactorOf(scheduler), scheduler.outside());
  });
}

TEST(ReactorChoice, isRefusedWhereARunHasNone) {
  const Ref<SimulatedScheduler> scheduler = makeRef<SimulatedScheduler>(std::uint64_t{1});
  EXPECT_THROW(reactorOf(*scheduler), Error);
}

}  // namespace
}  // namespace troop
