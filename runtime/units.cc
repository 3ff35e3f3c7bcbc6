#include "runtime/units.h"

#include <fmt/format.h>

#include <limits>

namespace troop {
namespace {

// Two decimals, without those that say nothing: `1.50` is `1.5`, `2.00` is `2`.
std::string trimmed(double value) {
  std::string text = fmt::format("{:.2f}", value);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

}  // namespace

std::string describe(Duration duration) {
  if (duration == forever) return "no limit";
  const bool negative = duration < Duration::zero();
  const double nanoseconds = static_cast<double>(duration.count()) * (negative ? -1 : 1);
  const char* sign = negative ? "-" : "";
  if (nanoseconds < 1e3) return fmt::format("{}{} ns", sign, trimmed(nanoseconds));
  if (nanoseconds < 1e6) return fmt::format("{}{} µs", sign, trimmed(nanoseconds / 1e3));
  if (nanoseconds < 1e9) return fmt::format("{}{} ms", sign, trimmed(nanoseconds / 1e6));
  return fmt::format("{}{} s", sign, trimmed(nanoseconds / 1e9));
}

std::string describeBytes(std::size_t bytes) {
  if (bytes == std::numeric_limits<std::size_t>::max()) return "no limit";
  static constexpr const char* unitNames[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  double value = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (value >= 1024 && unit + 1 < std::size(unitNames)) {
    value /= 1024;
    ++unit;
  }
  return fmt::format("{} {}", trimmed(value), unitNames[unit]);
}

}  // namespace troop
