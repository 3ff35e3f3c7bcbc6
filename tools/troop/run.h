// `troop run FILE`: hosts the troops of a manifest in this process, and does its job if it has one.
#pragma once

#include <filesystem>
#include <optional>

#include "runtime/time.h"
#include "tools/troop/exit-code.h"
#include "tools/troop/manifest/manifest.h"

namespace troop::command {

struct RunOptions {
  enum class Output { table, json };

  std::filesystem::path manifest;
  Output output = Output::table;
  unsigned carriers = 0;  // 0: one for each CPU
  // In place of what the manifest says.
  std::optional<Duration> alone;
  std::optional<Duration> underAttack;
  std::optional<std::filesystem::path> results;
  std::optional<manifest::DocumentsJob::Bounds> bounds;
  std::optional<std::filesystem::path> trace;  // where what the carriers do is written
};

// While it hosts, SIGQUIT has all Threads written to standard error, and it goes on. The result
// goes to standard output, progress and errors to standard error.
ExitCode run(const RunOptions& options);

}  // namespace troop::command
