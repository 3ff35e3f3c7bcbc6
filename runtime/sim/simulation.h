// A simulated run: one carrier on the calling OS thread, a strategy that decides at every point
// where the run may go on in more than one way, and a clock that moves on by a microsecond a slice
// and jumps to the next timer when nothing is ready. Sockets, pipes and files are those of a
// network and of disks that are simulated as well. The same seed, strategy and program make the
// same run.
//
// Ownership: the Process of the run lives as long as run(). Threads: the calling one only. Limits:
// Tasks that wait for each other as nothing interrupts keep the memory of their run for ever.
// Fails: run() throws what the program throws; Error (failed, deadlock), naming what waits, when
// nothing is ready, no timer is left and the program has not ended, or when it has and something
// that it left does not end; but where some wait for each other in a circle that can be broken, the
// call fails that has closed it (runtime/deadlock/search.h), and the program goes on; and Error
// (failed), naming the Thread, where another OS thread has woken one of the run. Misuse: a program
// that reads other clocks, random numbers or addresses does not repeat; check() tells where.
//
//   sim::run({.seed = 42}, [] {
//     Scope scope;
//     scope.task([] { sleep(1h); });               // takes no time
//   });
#pragma once

#include <cstdint>
#include <functional>

#include "runtime/process.h"
#include "runtime/sim/disk/disk.h"
#include "runtime/sim/network.h"
#include "runtime/sim/simulated-run.h"
#include "runtime/sim/strategy.h"

namespace [[gnu::visibility("hidden")]] troop {
namespace sim {

struct Options {
  std::uint64_t seed = 0;
  Strategy strategy = Strategy::random();
  Network network = {};
  Disk disk = {};
  Process::Options process = {};  // `carriers` is 1 whatever it says
};

// Runs `program` as the first Task of the root troop, and everything it started, to its end.
Ran run(const Options& options, std::function<void()> program);

// Runs it twice and compares each step: throws Error (failed) where the second run is another one,
// naming the step, what was expected, and what happened, or where a file was left open that is on
// no simulated disk, naming it; else what both runs threw.
Ran check(const Options& options, const std::function<void()>& program);

}  // namespace sim
}  // namespace troop
