// The plugin's log, clock and randomness. Each is a grant of its own: without it nothing is logged,
// the clock stands at 0, and random numbers are the same each time. Works with fmt-like text of
// your own making; printf and std::cout write to the log, too, line by line.
//
//   troop::log("rendered " + name);
//   troop::log(troop::LogLevel::warning, "no headings");
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

namespace troop::inline guest {

enum class LogLevel : std::uint8_t { debug, info, warning, error };

void log(LogLevel level, std::string_view text);
inline void log(std::string_view text) {
  log(LogLevel::info, text);
}

// Since 1970, UTC.
std::chrono::nanoseconds wallClock();
// Since the clock was granted; never goes back.
std::chrono::nanoseconds monotonicClock();

std::uint64_t randomNumber();

}  // namespace troop::inline guest
