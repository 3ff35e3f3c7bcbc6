// `troop new NAME`: makes a folder with a plugin that works, to be changed into another one.
#pragma once

#include <filesystem>
#include <string>

#include "tools/troop/exit-code.h"

namespace troop::command {

struct NewOptions {
  std::filesystem::path folder;   // its last part is the plugin's name
  std::string language = "js";    // or "cpp"
  std::string schema{};           // "FILE.capnp:INTERFACE"; empty: one of its own
  std::string program = "troop";  // how the user calls it, for what is printed
};

// Says what it made, and the commands that come next, on standard output. A folder that exists is
// left alone.
ExitCode makeNew(const NewOptions& options);

}  // namespace troop::command
