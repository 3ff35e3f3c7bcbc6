// `troop call FILE TROOP METHOD [PARAMETERS]`: starts a troop of a manifest and those that it is
// granted, calls a method of its main object with JSON, and prints the results as JSON.
#pragma once

#include <filesystem>
#include <string>

#include "tools/troop/exit-code.h"

namespace troop::command {

struct CallOptions {
  std::filesystem::path manifest;
  std::string troop;
  std::string method;
  std::string parameters;    // a JSON object; empty: all defaults
  unsigned repetitions = 1;  // one call after the other; more than one are measured
};

ExitCode call(const CallOptions& options);

}  // namespace troop::command
