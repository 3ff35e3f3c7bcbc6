// How a program is started as a child of this OS process: it gets three descriptors and no other,
// no blocked signal, SIGPIPE as it is by default, and all else as this OS process has it.
//
// The kernel suspends the calling OS thread until the program is loaded, and says by that what was
// in the way. Threads: any. Fails: `id` is below 0, -errno: of the program, or of its folder.
//
//   const pid_t id = children::spawn({.program = "sort", .streams = {in, out, 2}});
#pragma once

#include <sys/types.h>

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "runtime/error.h"

namespace [[gnu::visibility("hidden")]] troop {
namespace children {

struct Program {
  // A path, or a name that is looked for along PATH.
  std::string name;
  std::vector<std::string> arguments = {};
  std::optional<std::vector<std::string>> environment = {};
  std::string folder = {};
  // What it has as its descriptors 0, 1 and 2; each its own number here, or above 2.
  std::array<int, 3> streams = {0, 1, 2};
};

Expected<pid_t> spawn(const Program& program);

}  // namespace children
}  // namespace troop
