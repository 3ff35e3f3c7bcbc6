// `troop check FILE`: reads a manifest and compiles the code that it names, and starts nothing.
#pragma once

#include <filesystem>

#include "tools/troop/exit-code.h"

namespace troop::command {

// Says "FILE: ok" on standard output, or all that is wrong on standard error.
ExitCode check(const std::filesystem::path& manifest);

}  // namespace troop::command
