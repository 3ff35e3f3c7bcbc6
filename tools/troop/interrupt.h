// Ctrl-C and SIGTERM as a flag that long work looks at. One that comes later again ends the program
// at once. What follows within `repeatMillis` is the same one: timeout(1) and shells send it to the
// program and then to its process group.
//
// Threads: install once, from the main thread; the flag may be read from any.
//
//   const std::atomic<bool>& interrupted = installInterrupt();
//   while (!interrupted) work();
#pragma once

#include <atomic>
#include <cstdint>

namespace troop::command {

inline constexpr std::int64_t repeatMillis = 300;

const std::atomic<bool>& installInterrupt();

}  // namespace troop::command
