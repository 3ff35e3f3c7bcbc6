// Runs a program again and again, each time in another way, until it fails: by an exception that it
// throws, or because nothing can happen any more. What was found is repeated by one line, which
// anything that searches takes from its environment, under a debugger too.
//
// Ownership: what a run made has ended before the next one begins. Threads: as sim::run(). Limits:
// `runsMax` runs; by deviations, what runtime/sim/exploration.h remembers. Fails: Error (failed)
// where the environment asks for what is not understood. Misuse: a program that keeps something
// from run to run does not repeat.
//
//   const Searched searched = search({.by = Strategy::Kind::pct, .runsMax = 1000}, program);
//   if (searched.failure) std::puts(searched.failure->replay().c_str());  // TROOP_SEED=17 ...
#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <optional>
#include <string>

#include "runtime/process.h"
#include "runtime/sim/disk/disk.h"
#include "runtime/sim/network.h"
#include "runtime/sim/strategy.h"

namespace [[gnu::visibility("hidden")]] troop {
namespace sim {

struct Search {
  Strategy::Kind by = Strategy::Kind::random;
  std::uint64_t runsMax = 1000;
  std::uint64_t seed = 0;      // of the first run; the next one has the next
  unsigned depth = 3;          // of pct
  unsigned deviationsMax = 2;  // of deviations: all runs that deviate no more often
  Network network = {};
  Disk disk = {};
  Process::Options process = {};
};

struct Failure {
  std::uint64_t seed = 0;
  Strategy strategy;
  std::exception_ptr thrown;

  std::string replay() const { return replayLine(seed, strategy); }
  // What was thrown, in words.
  std::string reason() const;
};

struct Searched {
  std::uint64_t runs = 0;
  bool exhausted = false;  // by deviations: there is no other run that deviates no more often
  std::optional<Failure> failure;
};

// Where TROOP_SEED or TROOP_STRATEGY is set, that run alone. Pct learns from the runs before how
// many choices one has: the first does what is done by default.
Searched search(const Search& search, const std::function<void()>& program);

}  // namespace sim
}  // namespace troop
