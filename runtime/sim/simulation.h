// A simulated run: one carrier on the calling OS thread, a seed that decides at every point where
// the scheduler has a choice, and a clock that moves on by a microsecond a slice and jumps to the
// next timer when nothing is ready. The same seed and the same program make the same run.
//
// Ownership: the Process of the run lives as long as run(). Threads: the calling one only; no other
// OS thread may wake, post or send into it. Fails: run() throws what the program throws, and Error
// (failed, deadlock), naming what waits, when nothing is ready, no timer is left and the program
// has not ended; but where some wait for each other in a circle that can be broken, the call fails
// that has closed it (runtime/deadlock/search.h), and the program goes on. Misuse: a program that
// reads other clocks, random numbers or addresses does not repeat.
//
//   sim::run({.seed = 42}, [] {
//     Scope scope;
//     scope.task([] { sleep(1h); });               // takes no time
//   });
#pragma once

#include <cstdint>
#include <functional>

#include "runtime/process.h"

namespace [[gnu::visibility("hidden")]] troop {
namespace sim {

enum class Strategy : unsigned char {
  random,  // every choice is equally likely
};

struct Options {
  std::uint64_t seed = 0;
  Strategy strategy = Strategy::random;
  Process::Options process = {};  // `carriers` is 1 whatever it says
};

// Runs `program` as the first Task of the root troop, and everything it started, to its end.
void run(Options options, std::function<void()> program);

}  // namespace sim
}  // namespace troop
