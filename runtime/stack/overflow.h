// Turns the overflow of a Task's stack into a report that names the Task, then aborts: nothing less
// is safe in native code. Every other fault goes to the handler that was there before.
//
// Threads: any. Misuse: a handler of the host that is installed later must chain to the one it
// replaces, or overflows abort without the report.
#pragma once

#include <cstddef>
#include <memory>

namespace [[gnu::visibility("hidden")]] troop {

// Called on the faulting OS thread, in the signal handler. If `address` is in the guard of the
// running Task's stack, writes what overflowed to `report` and returns the length; otherwise
// returns 0.
using OverflowReporter = std::size_t (*)(const void* address, char* report, std::size_t bytes);

// Once in an OS process; later calls do nothing.
void installOverflowHandler(OverflowReporter reporter);

// Where the calling OS thread's signal handlers run while it exists, unless it has such a stack
// already.
class AlternateSignalStack {
 public:
  AlternateSignalStack();
  ~AlternateSignalStack();
  AlternateSignalStack(const AlternateSignalStack&) = delete;
  AlternateSignalStack& operator=(const AlternateSignalStack&) = delete;

 private:
  std::unique_ptr<std::byte[]> stack_;  // null when the thread had one
};

}  // namespace troop
