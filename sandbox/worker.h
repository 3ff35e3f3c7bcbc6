// A worker does one piece of work in a process of its own, under limits: work on what strangers
// wrote, who thereby chose how long it takes, how much memory and how deep a stack.
//
// The worker is a fork of this process that does nothing else, and ends; what the work changes in
// memory is gone with it. Other threads do not exist in it: the work must need no lock that one of
// them may hold (the allocator's are safe).
//
// Ownership: the result is the caller's. Threads: any with some MiB of stack. Limits:
// WorkerLimits. Errors: the Error that the work throws; or overloaded, where the worker cannot be
// started or came to a limit, with the limit as detail; or failed, where it died otherwise. All
// but the work's own say what the work was to do, as in "takes more than 20 s of CPU time to
// compile". Misuse: work that starts threads, or that writes to what is shared.
//
//   const auto bytes = runInWorker("compile", {.cpu = 20s}, [&] { return compiled(code); });
#pragma once

#include <cstddef>
#include <functional>
#include <string_view>
#include <vector>

#include "runtime/error.h"
#include "runtime/time.h"

namespace troop::sandbox {

struct WorkerLimits {
  Duration cpu = 10s;                                // full seconds
  std::size_t memoryBytes = std::size_t{512} << 20;  // beyond what this process has
  // Where the caller is the main thread; the stacks of others have the size that they have.
  std::size_t stackBytes = std::size_t{8} << 20;
  // On a machine that is busy CPU time passes more slowly than time.
  Duration wall = 20 * cpu;
};

using WorkerResult = std::vector<std::byte>;

// What `work` returned. `task` is a verb: "compile".
WorkerResult runInWorker(std::string_view task, const WorkerLimits& limits,
                         const std::function<WorkerResult()>& work);

}  // namespace troop::sandbox
