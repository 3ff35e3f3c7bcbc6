// Ctrl-C and SIGTERM as a flag that long work looks at. The second one ends the program at once.
//
// Threads: install() once, from the main thread; the flag may be read from any.
//
//   const std::atomic<bool>& interrupted = installInterrupt();
//   while (!interrupted) work();
#pragma once

#include <atomic>

namespace troop::command {

const std::atomic<bool>& installInterrupt();

}  // namespace troop::command
