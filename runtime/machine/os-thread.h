// What the kernel knows of an OS thread of this OS process: how long it has computed, and whether
// it waits for something else than a CPU.
//
// Threads: any. Fails: where it has ended, or files of the kernel cannot be read, nothing is said.
//
//   if (cpuTimeOf(osThread) == before && isAsleep(osThread)) replace();
#pragma once

#include <sys/types.h>

#include <optional>

#include "runtime/time.h"

namespace [[gnu::visibility("hidden")]] troop {

// Takes half a microsecond.
std::optional<Duration> cpuTimeOf(pid_t osThread) noexcept;

// Whether it waits in the kernel, interruptibly or not. Takes ten microseconds.
bool isAsleep(pid_t osThread) noexcept;

}  // namespace troop
