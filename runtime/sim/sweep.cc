#include "runtime/sim/sweep.h"

#include <fmt/format.h>

#include <cstdlib>
#include <string>

#include "runtime/error.h"
#include "runtime/sim/simulation.h"

namespace troop::sim {
namespace {

constexpr std::uint64_t seedsShort = 100;
constexpr std::uint64_t seedsLong = 10'000;
// Real schedules differ from run to run.
constexpr int realRuns = 3;

void reportingExceptions(const std::function<void()>& run) {
  try {
    run();
  } catch (const std::exception& exception) {
    ADD_FAILURE() << "threw: " << exception.what();
  } catch (...) {
    ADD_FAILURE() << "threw what is no std::exception";
  }
}

bool seedFails(const std::function<void(std::uint64_t seed)>& run, std::uint64_t seed) {
  SCOPED_TRACE(fmt::format("seed {}: run this test again with TROOP_SEED={}", seed, seed));
  reportingExceptions([&] { run(seed); });
  return testing::Test::HasFailure();
}

}  // namespace

void sweep(const std::function<void(std::uint64_t seed)>& run) {
  if (const char* only = std::getenv("TROOP_SEED")) {
    seedFails(run, std::strtoull(only, nullptr, 10));
    return;
  }
  const char* asked = std::getenv("TROOP_LONG");
  const bool isLong = asked != nullptr && std::string(asked) == "1";
  const std::uint64_t seeds = isLong ? seedsLong : seedsShort;
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    if (!seedFails(run, seed)) continue;
    fmt::print(stderr, "seed {} failed: run this test again with TROOP_SEED={}\n", seed, seed);
    return;
  }
}

void runIn(World world, const std::function<void()>& program, Process::Options options) {
  if (world == World::simulated) {
    sweep([&](std::uint64_t seed) { run({.seed = seed, .process = options}, program); });
    return;
  }
  options.carriers = world == World::oneCarrier ? 1 : 2;
  for (int count = 0; count < realRuns && !testing::Test::HasFailure(); ++count) {
    reportingExceptions([&] {
      Process process(options);
      process.run(program);
    });
  }
}

}  // namespace troop::sim
