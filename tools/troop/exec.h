// `troop exec PROGRAM`: runs a program that knows nothing of Troop with its pthreads as Threads
// (runtime/preload). The program takes the place of this one: its exit code, its signals and its
// process number are what the caller sees.
#pragma once

#include <string>
#include <vector>

#include "tools/troop/exit-code.h"

namespace troop::command {

struct ExecOptions {
  std::vector<std::string> program;  // with its arguments
  unsigned carriers = 0;             // 0: one for each CPU
};

// Returns only where the program cannot be started; standard error says why.
ExitCode exec(const ExecOptions& options);

}  // namespace troop::command
