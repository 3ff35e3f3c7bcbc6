// How many CPUs there are to use: what the affinity mask allows, and what the quotas of control
// groups pay for.
//
// Ownership: values. Threads: any. Fails: never; what cannot be read does not count.
//
//   const unsigned carriers = processorsAvailable(processorsInMask());
#pragma once

#include <filesystem>

namespace [[gnu::visibility("hidden")]] troop {
namespace machine {

// CPUs that the calling OS thread may run on; at least 1.
unsigned processorsInMask() noexcept;

// CPUs that this machine is made with, whoever may use them; at least 1.
unsigned processorsOfMachine() noexcept;

// The least of `inMask` and the CPU quotas of this process's control groups (version 2, and the cpu
// controller of version 1, with all groups above), rounded up to whole CPUs; at least 1. `root` is
// where `proc` and `sys` are.
unsigned processorsAvailable(unsigned inMask, const std::filesystem::path& root = "/");

}  // namespace machine
}  // namespace troop
