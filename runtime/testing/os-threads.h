// How many OS threads this OS process has, for tests of who starts and ends them.
//
//   const std::size_t before = tests::osThreads();
//   tests::awaitOsThreads(before);
#pragma once

#include <chrono>
#include <cstddef>
#include <fstream>
#include <string>
#include <thread>

namespace troop::tests {

inline std::size_t osThreads() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    if (word != "Threads:") continue;
    std::size_t count = 0;
    status >> count;
    return count;
  }
  return 0;
}

// Returns when there are `count`, however long that takes: a test of one that does not end does not
// end either.
inline void awaitOsThreads(std::size_t count) {
  while (osThreads() != count) std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

}  // namespace troop::tests
