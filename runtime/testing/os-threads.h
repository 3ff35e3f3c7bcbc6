// How many OS threads this OS process has, for tests of who starts and ends them.
//
//   const std::size_t before = tests::osThreads();
//   tests::awaitOsThreads(before);
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <thread>

namespace troop::tests {

// Without those that end, which the kernel lists for some time after they were joined.
inline std::size_t osThreads() {
  // A sanitizer starts one of its own beside the first one.
  [[maybe_unused]] static const bool begun = (std::thread([] {}).join(), true);
  constexpr unsigned ending = 4;  // PF_EXITING of the kernel
  std::size_t count = 0;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    std::ifstream file(task.path() / "stat");
    const std::string stat((std::istreambuf_iterator<char>(file)), {});
    const std::size_t name = stat.rfind(')');
    if (name == std::string::npos) continue;  // gone
    // state, parent, group, session, terminal, its group, flags
    std::istringstream fields(stat.substr(name + 1));
    std::string skipped;
    unsigned flags = 0;
    for (int field = 0; field < 6; ++field) fields >> skipped;
    fields >> flags;
    count += (flags & ending) == 0 ? 1 : 0;
  }
  return count;
}

// Returns when there are `count`, however long that takes: a test of one that does not end does not
// end either.
inline void awaitOsThreads(std::size_t count) {
  while (osThreads() != count) std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

}  // namespace troop::tests
