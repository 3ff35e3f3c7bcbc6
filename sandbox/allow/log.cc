#include "sandbox/allow/log.h"

#include <cstdio>
#include <string>

namespace troop::sandbox::allow {

void Log::toStandardError(const Line& line) {
  std::string text;
  text.append(line.guest).append(": ");
  if (line.level >= Level::warning) text.append(name(line.level)).append(": ");
  text.append(line.text).push_back('\n');
  // One write for a line: lines of several carriers do not mix.
  std::fwrite(text.data(), 1, text.size(), stderr);
}

std::string_view name(Log::Level level) {
  switch (level) {
    case Log::Level::debug:
      return "debug";
    case Log::Level::info:
      return "info";
    case Log::Level::warning:
      return "warning";
    case Log::Level::error:
      return "error";
  }
  return "unknown";
}

}  // namespace troop::sandbox::allow
