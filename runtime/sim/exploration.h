// All runs of a program that deviate at most so many times from what it does by default, those that
// deviate least first: what is found is found with as few deviations as it needs. A run with one
// more is that of the list before up to its last deviation and beyond, so each list is run once.
//
// Ownership: the search. Threads: one. Limits: a program of n choices has some n^k / k! runs with k
// deviations; it remembers how many options each choice had of those with fewer than the most.
// Fails: std::bad_alloc. Misuse: a run that ran() is not told of, and a program that does not
// repeat: runs are left out, and next() says nevertheless that all were run.
//
//   Exploration exploration(2);
//   while (const std::optional<Deviations> list = exploration.next()) {
//     ... run with DeviatingChoices(*list) ...
//     exploration.ran(*list, choices.options());
//   }
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "runtime/sim/deviating-choices.h"

namespace [[gnu::visibility("hidden")]] troop {
namespace sim {

class Exploration {
 public:
  explicit Exploration(unsigned deviationsMax) : deviationsMax_(deviationsMax) {}

  // What to run next; nothing when all were run.
  std::optional<Deviations> next();
  // That run, before the next one: how many options there were at each choice.
  void ran(const Deviations& deviations, std::vector<std::uint32_t> options);

 private:
  struct Parent {
    Deviations deviations;
    std::vector<std::uint32_t> options;
  };

  const unsigned deviationsMax_;
  bool begun_ = false;
  std::deque<Parent> parents_;
  Deviation deviation_;  // the next one of the first parent
};

}  // namespace sim
}  // namespace troop
