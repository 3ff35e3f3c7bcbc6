// What is read in the workload "files", the same by ours and by fio's engine.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "tests/peers/troop/measurement.h"

namespace troop::peers {

struct Reads {
  std::string_view metric;
  bool atRandom;
  bool fromDisk;  // nothing of the file is in memory before, and each block is read once
  std::size_t blockBytes;
  unsigned threads;   // carriers, or OS threads
  std::size_t depth;  // reads under way at once, of all together

  std::size_t blocks(std::size_t fileBytes) const noexcept { return fileBytes / blockBytes; }
  // How many each of the threads makes.
  std::size_t countEach(std::size_t fileBytes) const {
    const std::size_t count = fromDisk   ? blocks(fileBytes)
                              : atRandom ? size("FILES_READS", 1'000'000)
                                         : size("FILES_LAPS", 16) * blocks(fileBytes);
    return count / threads;
  }
};

inline constexpr std::array fileReads{
    Reads{.metric = "random",
          .atRandom = true,
          .fromDisk = false,
          .blockBytes = std::size_t{4} << 10,
          .threads = 1,
          .depth = 32},
    Reads{.metric = "random_2t",
          .atRandom = true,
          .fromDisk = false,
          .blockBytes = std::size_t{4} << 10,
          .threads = 2,
          .depth = 32},
    Reads{.metric = "sequential",
          .atRandom = false,
          .fromDisk = false,
          .blockBytes = std::size_t{128} << 10,
          .threads = 1,
          .depth = 8},
    Reads{.metric = "random_disk",
          .atRandom = true,
          .fromDisk = true,
          .blockBytes = std::size_t{4} << 10,
          .threads = 1,
          .depth = 32},
};

}  // namespace troop::peers
