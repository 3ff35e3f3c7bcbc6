// What is sent and when, decided before anything is sent, so that what is measured cannot slow down
// the measuring.
//
// Threads: any; pure values. The same weights, rate and seed give the same schedule on every
// machine.
//
//   Mix mix({8.0, 1.0, 1.0});                       // the first item 8 times of 10, evenly spread
//   std::vector<DueCall> calls = poissonSchedule(mix, 40.0, 8s, seed);
//   for (const DueCall& call : calls) { sleepUntil(start + call.due); send(call.item); }
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "runtime/time.h"

namespace troop::job {

// A sequence of items in which each appears in proportion to its weight in every stretch, not only
// on average (smooth weighted round-robin). So phases of different length send the same mix.
class Mix {
 public:
  // Weights are 0 or more, and one is over 0.
  explicit Mix(std::vector<double> weights);

  // The index of the next item.
  std::size_t next();

 private:
  std::vector<double> weights_;
  std::vector<double> credits_;
  double total_ = 0;
};

struct DueCall {
  Duration due;  // after the start of the phase
  std::size_t item;
};

// Calls for `length`, on average `perSecond`, at moments of a Poisson process: as users come that
// know nothing of each other.
std::vector<DueCall> poissonSchedule(Mix mix, double perSecond, Duration length,
                                     std::uint64_t seed);

}  // namespace troop::job
