// Probabilistic concurrency testing: of those that are ready the one with the highest priority
// goes on. Priorities are drawn when somebody is first seen; at depth - 1 choices, which are drawn
// among the first `steps`, the priority of who runs falls below all that were drawn.
//
// A bug that needs `depth` events in a certain order is found by one run in n * steps^(depth-1) at
// least, with n Tasks: Burckhardt, Kothari, Musuvathi, Nagarakatte: A Randomized Scheduler with
// Probabilistic Guarantees of Finding Bugs, ASPLOS 2010. Two things are not in the paper, without
// which programs that wait by looking again and again would never end: who yields, and who runs
// when a great many choices have been made since the last time, falls below everybody.
//
//   PctChoices choices(seed, {.depth = 3, .steps = 500});
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <unordered_map>
#include <vector>

#include "runtime/sim/choice-source.h"

namespace [[gnu::visibility("hidden")]] troop {
namespace sim {

class PctChoices final : public ChoiceSource {
 public:
  // After so many choices others are let go on: also where those that go on wake each other.
  static constexpr unsigned choicesMax = 1000;

  struct Parameters {
    unsigned depth = 3;
    std::uint64_t steps = 1000;  // how many choices a run is expected to have
  };
  PctChoices(std::uint64_t seed, Parameters parameters);

  std::size_t choose(const Point& point) override;

 private:
  using Priority = std::int64_t;
  struct Standing {
    Priority priority = 0;
    bool fell = false;  // as it has yielded, and it has not gone on since
  };

  // Its priority is drawn when it is first asked for.
  Standing& standingOf(Actor actor);
  // The option with the highest priority.
  std::size_t highest(const Point& point);
  void countStep(const Point& point);

  std::mt19937_64 random_;
  std::unordered_map<Actor, Standing> standings_;
  std::vector<std::uint64_t> changes_;  // at the i-th who runs falls to priority i + 1
  Priority lowest_ = 0;                 // of who has yielded; 1 to depth - 1 are those of changes
  std::uint64_t step_ = 0;
  unsigned sinceFall_ = 0;  // choices
  std::vector<Candidate> candidates_;
};

}  // namespace sim
}  // namespace troop
