// How many CPUs there are, and how many of them the quotas of control groups pay for.
//
// Ownership: values. Threads: any. Fails: never; what cannot be read does not count.
//
//   const Processors here = processorsAvailable(Affinity().count(), controlGroups("cpu", "/"));
#pragma once

#include <span>

#include "runtime/machine/control-groups.h"

namespace [[gnu::visibility("hidden")]] troop {
namespace machine {

// CPUs that this machine is made with, whoever may use them; at least 1.
unsigned processorsOfMachine() noexcept;

struct Processors {
  unsigned count;
  // False: there may be a quota that the OS process is forbidden to read, or has no file descriptor
  // for.
  bool areToldInFull;
};

// The least of `inMask` and the CPU quotas of `groups`, which are those of this process for the cpu
// controller, rounded up to whole CPUs; at least 1.
Processors processorsAvailable(unsigned inMask, std::span<const ControlGroup> groups);

}  // namespace machine
}  // namespace troop
