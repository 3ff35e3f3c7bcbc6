// Tests that run the same program under every scheduler: on real carriers, one and two, and
// simulated, once for each seed of a sweep.
//
// A sweep has 100 seeds, with TROOP_LONG=1 in the environment 10,000. What is simulated makes most
// of its choices at random, and each fourth run by pct (runtime/sim/strategy.h). The first seed
// that fails is printed, with the line that repeats it, and ends the sweep: TROOP_SEED=n, and
// TROOP_STRATEGY where it was not random, run that alone.
//
// Ownership: the Process of a run has ended when the next one begins. Threads: the OS thread of the
// test, no Task. Limits: real carriers run a program three times, as no seed tells their schedules
// apart. Fails: what is thrown is a failure of the test; where the environment asks for what is not
// understood, Error (failed). Misuse: a program that keeps something from run to run does not
// repeat; a test that has failed already, of which the first seed is blamed.
//
//   TROOP_TEST(Channel, deliversInOrder) { auto [sender, receiver] = channel<int>(1); ...
//   EXPECT_EQ(...); }
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>

#include "runtime/process.h"

namespace [[gnu::visibility("hidden")]] troop {
namespace sim {

enum class World : unsigned char { oneCarrier, twoCarriers, simulated };

// Runs `program` as the first Task of a Process in `world`; for a simulated one, of a new Process
// for each seed. What it throws is a test failure.
void runIn(World world, const std::function<void()>& program, Process::Options options = {});

// Calls run(seed) for each seed of the sweep until one fails.
void sweep(const std::function<void(std::uint64_t seed)>& run);

}  // namespace sim
}  // namespace troop

// `program` is a Task of the root troop of Processes with the options that follow it.
#define TROOP_TEST_ON_CARRIERS(suite, name, program, ...)      \
  TEST(suite, name##OnOneCarrier) {                            \
    troop::sim::runIn(troop::sim::World::oneCarrier, program,  \
                      troop::Process::Options{__VA_ARGS__});   \
  }                                                            \
  TEST(suite, name##OnTwoCarriers) {                           \
    troop::sim::runIn(troop::sim::World::twoCarriers, program, \
                      troop::Process::Options{__VA_ARGS__});   \
  }

// The body is a Task of the root troop of Processes with the options that follow the name.
#define TROOP_TEST_WITH(suite, name, ...)                           \
  static void suite##_##name();                                     \
  TROOP_TEST_ON_CARRIERS(suite, name, suite##_##name, __VA_ARGS__)  \
  TEST(suite, name##Simulated) {                                    \
    troop::sim::runIn(troop::sim::World::simulated, suite##_##name, \
                      troop::Process::Options{__VA_ARGS__});        \
  }                                                                 \
  static void suite##_##name()

#define TROOP_TEST(suite, name) TROOP_TEST_WITH(suite, name)
