// Small programs with a mistake each that only some orders of events show, and beside each the same
// program as it should be. They show that the strategies of runtime/sim/strategy.h find what they
// are for, and how many runs they need.
//
// A program fails by an exception, or because nothing can happen any more. It is the first Task of
// a simulated run, keeps nothing from run to run, and uses the public interface only.
//
//   for (const Planted& bug : planted()) sim::search({.runsMax = 100}, bug.broken);
#pragma once

#include <vector>

#include "runtime/sim/disk/disk.h"
#include "runtime/sim/network.h"

namespace troop::tests {

// How many runs each strategy may need; three to ten times what it needed.
struct RunsMax {
  unsigned random;
  unsigned pct;
  unsigned deviations;
};

struct Planted {
  const char* name;
  const char* mistake;
  void (*broken)();
  void (*clean)();
  RunsMax runsMax;
  sim::Network network = {};
  sim::Disk disk = {};
};

std::vector<Planted> plantedWakeUps();
std::vector<Planted> plantedLifetimes();
std::vector<Planted> plantedOrders();
std::vector<Planted> plantedUpdates();
std::vector<Planted> plantedMessages();
std::vector<Planted> plantedStorage();

// All of them.
std::vector<Planted> planted();

// Throws std::logic_error with `sentence` where it does not hold.
void expect(bool holds, const char* sentence);

}  // namespace troop::tests
