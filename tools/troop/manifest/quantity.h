// Quantities as people write them, "64M", "500ms", "64K/s", and as people read them, "64 MiB", "2
// s".
//
// Sizes: a whole number with B, K, M or G, powers of 1024. Durations: a whole number with us, ms,
// s, min or h. Rates: a size, then "/s". Threads: any; pure functions. Errors: nothing, for text
// that is none of these or does not fit; the caller knows where the text stood and says what would
// be right.
//
//   parseSize("64M");          // 67108864
//   parseDuration("1.5s");     // nothing: whole numbers only, "1500ms"
//   durationKey(1500ms);       // "1500ms"
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/time.h"

namespace troop::manifest {

std::optional<std::uint64_t> parseSize(std::string_view text);
std::optional<Duration> parseDuration(std::string_view text);
std::optional<std::uint64_t> parseRate(std::string_view text);  // bytes a second

// Exact, in the largest unit that divides: "64M", "1536K", "500ms".
std::string sizeKey(std::uint64_t bytes);
std::string durationKey(Duration duration);

// What to say where such a text was expected.
inline constexpr std::string_view sizeForm = R"(a size is text like "64K", "32M" or "1G")";
inline constexpr std::string_view durationForm =
    R"(a duration is text like "50ms", "5s" or "2min")";
inline constexpr std::string_view rateForm = R"(a rate is text like "64K/s")";

}  // namespace troop::manifest
