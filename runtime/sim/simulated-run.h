// One run of a program under a simulated scheduler, whose choices come from any source.
//
// Ownership: all that belongs to the run has ended when it returns. Threads: the calling OS thread
// only; in a Task it throws Error (failed). Limits: as sim::run() in runtime/sim/simulation.h,
// which is this with a strategy. Fails: as that; with a Recorder also with Error (failed) where the
// run is another one than that expects, or has left a file open which is on no simulated disk.
// Misuse: as that; a Choosing without a source, or with a source or a Recorder that has had a run
// already.
//
//   Ran ran = runChoosing({.choices = choices}, {}, program);
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "runtime/process.h"
#include "runtime/sim/choice-source.h"
#include "runtime/sim/disk/disk.h"
#include "runtime/sim/network.h"
#include "runtime/sim/trace.h"

namespace [[gnu::visibility("hidden")]] troop {
namespace sim {

// What a run was.
struct Ran {
  std::uint64_t choices = 0;  // how many it had
  std::uint64_t hash = 0;     // of what happened, in order: runs that differ have different ones
};

struct Choosing {
  std::shared_ptr<ChoiceSource> choices;
  std::string source;            // the same in words, for reports
  Recorder* recorder = nullptr;  // may be null
  Network network = {};
  Disk disk = {};
};

Ran runChoosing(const Choosing& choosing, const Process::Options& options,
                std::function<void()> program);

}  // namespace sim
}  // namespace troop
