// The shortest way in: a Process with defaults for the time of one function.
//
// Ownership: the Process is the call's own, and all that runs in it has ended when run() returns.
// Threads: any OS thread that is no Task, one call at a time in each. Limits: those of
// ProcessOptions. Fails: throws what the function throws, and what making a Process throws
// (runtime/process.h). Misuse: calls by the thousand where one Process would do, as each starts and
// ends its OS threads.
//
//   int main() { return troop::run([] { Scope scope; ...; return 0; }); }
#pragma once

#include <utility>

#include "runtime/process.h"

namespace [[gnu::visibility("hidden")]] troop {

template <typename F>
auto run(F function) {
  Process process;
  return process.run(std::move(function));
}

}  // namespace troop
