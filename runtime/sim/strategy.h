// How the choices of a simulated run are made, as a value that can be printed and read back: with
// the seed it is all that repeats a run.
//
// Ownership: a value; the source that is made of it is the run's. Threads: any; replayAskedFor()
// while nobody changes the environment. Limits: none of its own; what pct draws to change is among
// the first `steps` choices. Fails: reading throws Error (failed), making and writing
// std::bad_alloc. Misuse: a list of deviations whose places do not rise, which is followed up to
// the first that does not; a line of another program, or of another version of it, which repeats
// nothing.
//
//   Strategy strategy = Strategy::pct(3, 500);
//   replayLine(42, strategy);                     // "TROOP_SEED=42 TROOP_STRATEGY=pct:3:500"
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/sim/choice-source.h"
#include "runtime/sim/deviating-choices.h"

namespace [[gnu::visibility("hidden")]] troop {
namespace sim {

struct Strategy {
  enum class Kind : unsigned char {
    random,      // everything is possible everywhere
    pct,         // priorities that change seldom: what needs few changes is found soon
    deviations,  // what is done by default, but at the choices named; the seed says nothing
  };

  Kind kind = Kind::random;
  // Of pct: how many events have to come in a certain order, and how many choices a run has.
  unsigned depth = 3;
  std::uint64_t steps = 1000;
  Deviations list;

  static Strategy random() { return {}; }
  static Strategy pct(unsigned depth, std::uint64_t steps) {
    return {.kind = Kind::pct, .depth = depth, .steps = steps};
  }
  static Strategy deviations(Deviations list) {
    return {.kind = Kind::deviations, .list = std::move(list)};
  }

  friend bool operator==(const Strategy&, const Strategy&) = default;
};

std::unique_ptr<ChoiceSource> choicesOf(std::uint64_t seed, const Strategy& strategy);

// "random", "pct:3:500", "deviations:17=1,40=2".
std::string textOf(const Strategy& strategy);
// Throws Error (failed) for what textOf() does not write, with what would be right.
Strategy strategyOf(std::string_view text);

// What is set in the environment of a program that searches, so that it runs this once.
std::string replayLine(std::uint64_t seed, const Strategy& strategy);

// What the environment asks for by TROOP_SEED and TROOP_STRATEGY; a seed alone is drawn at random
// with. Throws Error (failed) where it is not understood.
struct Replay {
  std::uint64_t seed = 0;
  Strategy strategy;
};
std::optional<Replay> replayAskedFor();

}  // namespace sim
}  // namespace troop
