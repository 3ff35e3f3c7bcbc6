// What memory this machine has left for guests.
//
//   Host host{{.memoryBytesMax = memoryOfMachine() / 2}};
#pragma once

#include <cstddef>
#include <filesystem>

namespace troop::sandbox {

// The least of what the kernel says is available and what the control groups of this process have
// left (version 2 and the memory controller of version 1, with all groups above), less a sixteenth
// for everybody else, at least 64 MiB; never less than 1 MiB. What cannot be read does not count.
// `root` is where `proc` and `sys` are.
std::size_t memoryOfMachine(const std::filesystem::path& root = "/");

}  // namespace troop::sandbox
