// `troop bind SCHEMA`: writes the bindings of a schema, and of those that it imports.
#pragma once

#include <filesystem>
#include <string>

#include "tools/troop/exit-code.h"

namespace troop::command {

struct BindOptions {
  std::filesystem::path schema;
  std::string language = "js";     // "js" or "cpp", of the plugin
  std::filesystem::path folder{};  // of the plugin; empty: that of the schema
};

// Says what it wrote on standard output; leaves alone what is as it should be.
ExitCode bind(const BindOptions& options);

}  // namespace troop::command
