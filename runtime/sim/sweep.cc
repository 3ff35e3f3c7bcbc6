#include "runtime/sim/sweep.h"

#include <fmt/format.h>

#include <cstdlib>
#include <optional>
#include <string>

#include "runtime/sim/simulation.h"
#include "runtime/sim/strategy.h"

namespace troop::sim {
namespace {

constexpr std::uint64_t seedsShort = 100;
constexpr std::uint64_t seedsLong = 10'000;
// Of runs of a simulated program one in so many.
constexpr std::uint64_t pctOneIn = 4;
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

bool fails(const std::string& replay, const std::function<void()>& run) {
  SCOPED_TRACE(fmt::format("run this test again with {}", replay));
  reportingExceptions(run);
  return testing::Test::HasFailure();
}

std::uint64_t seedsSwept() {
  const char* asked = std::getenv("TROOP_LONG");
  const bool isLong = asked != nullptr && std::string(asked) == "1";
  return isLong ? seedsLong : seedsShort;
}

void printFailed(std::uint64_t seed, const std::string& replay) {
  fmt::print(stderr, "seed {} failed: run this test again with {}\n", seed, replay);
}

// Chooses how, by its seed; `choices` had the run before.
Strategy strategyOfSeed(std::uint64_t seed, std::uint64_t choices) {
  if (choices == 0 || seed % pctOneIn != pctOneIn - 1) return Strategy::random();
  const unsigned depth = 2 + static_cast<unsigned>(seed / pctOneIn % 3);
  return Strategy::pct(depth, choices);
}

void sweepSimulated(const std::function<void()>& program, const Process::Options& options) {
  std::uint64_t choices = 0;
  const auto runFails = [&](std::uint64_t seed, const Strategy& strategy) {
    return fails(replayLine(seed, strategy), [&] {
      choices = run({.seed = seed, .strategy = strategy, .process = options}, program).choices;
    });
  };
  if (const std::optional<Replay> replay = replayAskedFor()) {
    runFails(replay->seed, replay->strategy);
    return;
  }
  for (std::uint64_t seed = 0; seed < seedsSwept(); ++seed) {
    const Strategy strategy = strategyOfSeed(seed, choices);
    if (runFails(seed, strategy)) return printFailed(seed, replayLine(seed, strategy));
  }
}

}  // namespace

void sweep(const std::function<void(std::uint64_t seed)>& run) {
  const auto runFails = [&](std::uint64_t seed) {
    return fails(replayLine(seed, Strategy::random()), [&] { run(seed); });
  };
  if (const std::optional<Replay> replay = replayAskedFor()) {
    runFails(replay->seed);
    return;
  }
  for (std::uint64_t seed = 0; seed < seedsSwept(); ++seed) {
    if (runFails(seed)) return printFailed(seed, replayLine(seed, Strategy::random()));
  }
}

void runIn(World world, const std::function<void()>& program, Process::Options options) {
  if (world == World::simulated) {
    return sweepSimulated(program, options);
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
