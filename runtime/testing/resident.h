// How much memory this OS process has in pages, for tests of who gives it back.
//
//   const std::size_t before = tests::residentBytes();
#pragma once

#include <unistd.h>

#include <cstddef>
#include <fstream>

namespace troop::tests {

inline std::size_t residentBytes() {
  std::size_t mapped = 0, resident = 0;  // pages
  std::ifstream("/proc/self/statm") >> mapped >> resident;
  return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

}  // namespace troop::tests
