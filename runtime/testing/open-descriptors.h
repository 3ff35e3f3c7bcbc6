// How many descriptors this OS process has open, for tests of who closes them.
//
//   const std::size_t before = tests::openDescriptors();
#pragma once

#include <cstddef>
#include <filesystem>
#include <iterator>

namespace troop::tests {

// With the one that counts.
inline std::size_t openDescriptors() {
  return static_cast<std::size_t>(
      std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {}));
}

}  // namespace troop::tests
