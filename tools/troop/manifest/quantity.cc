#include "tools/troop/manifest/quantity.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <limits>
#include <span>

namespace troop::manifest {
namespace {

// Largest first, so that the first one that divides a value is the one to print it in.
struct Unit {
  std::string_view key;
  std::uint64_t factor;
};

constexpr std::array<Unit, 4> sizeUnits{{
    {"G", std::uint64_t{1} << 30},
    {"M", std::uint64_t{1} << 20},
    {"K", std::uint64_t{1} << 10},
    {"B", 1},
}};

constexpr std::array<Unit, 6> durationUnits{{
    {"h", 3'600'000'000'000},
    {"min", 60'000'000'000},
    {"s", 1'000'000'000},
    {"ms", 1'000'000},
    {"us", 1'000},
    {"ns", 1},
}};

std::optional<std::uint64_t> parse(std::string_view text, std::span<const Unit> units,
                                   std::uint64_t valueMax) {
  std::uint64_t number = 0;
  const char* end = text.data() + text.size();
  // NOLINTNEXTLINE(bugprone-suspicious-stringview-data-usage): its end goes with it
  const auto [rest, status] = std::from_chars(text.data(), end, number);
  if (status != std::errc{}) return std::nullopt;
  const std::string_view key(rest, end);
  for (const Unit& unit : units) {
    if (key != unit.key) continue;
    if (number > valueMax / unit.factor) return std::nullopt;
    return number * unit.factor;
  }
  return std::nullopt;
}

const Unit& unitOf(std::uint64_t value, std::span<const Unit> units) {
  for (const Unit& unit : units) {
    if (value != 0 && value % unit.factor == 0) return unit;
  }
  return units.back();
}

std::uint64_t nanoseconds(Duration duration) {
  return duration.count() < 0 ? 0 : static_cast<std::uint64_t>(duration.count());
}

}  // namespace

std::optional<std::uint64_t> parseSize(std::string_view text) {
  return parse(text, sizeUnits, std::numeric_limits<std::int64_t>::max());
}

std::optional<Duration> parseDuration(std::string_view text) {
  const auto parsed =
      parse(text, durationUnits, static_cast<std::uint64_t>(Duration::max().count()));
  if (!parsed) return std::nullopt;
  return Duration(static_cast<Duration::rep>(*parsed));
}

std::optional<std::uint64_t> parseRate(std::string_view text) {
  constexpr std::string_view perSecond = "/s";
  if (!text.ends_with(perSecond)) return std::nullopt;
  text.remove_suffix(perSecond.size());
  return parseSize(text);
}

std::string sizeKey(std::uint64_t bytes) {
  const Unit& unit = unitOf(bytes, sizeUnits);
  return fmt::format("{}{}", bytes / unit.factor, unit.key);
}

std::string durationKey(Duration duration) {
  const std::uint64_t value = nanoseconds(duration);
  const Unit& unit = unitOf(value, durationUnits);
  return fmt::format("{}{}", value / unit.factor, unit.key);
}

}  // namespace troop::manifest
