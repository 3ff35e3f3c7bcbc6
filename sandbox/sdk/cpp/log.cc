#include "sandbox/sdk/cpp/log.h"

#include "sandbox/sdk/cpp/imports.h"

namespace troop::inline guest {

void log(LogLevel level, std::string_view text) {
  troop_host_log(static_cast<std::uint32_t>(level), text.data(),
                 static_cast<std::uint32_t>(text.size()));
}

std::chrono::nanoseconds wallClock() {
  return std::chrono::nanoseconds(troop_host_clock(troop_clock_wall));
}

std::chrono::nanoseconds monotonicClock() {
  return std::chrono::nanoseconds(troop_host_clock(troop_clock_monotonic));
}

std::uint64_t randomNumber() {
  return static_cast<std::uint64_t>(troop_host_entropy());
}

}  // namespace troop::inline guest
