#include "sandbox/machine.h"

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace troop::sandbox {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t othersMin = std::size_t{64} << 20;
constexpr std::size_t othersPart = 16;
constexpr std::size_t leastEver = std::size_t{1} << 20;

// A file with one number; none where it has none, such as "max".
std::optional<std::uint64_t> numberIn(const fs::path& file) {
  std::uint64_t number = 0;
  std::ifstream stream(file);
  return stream >> number ? std::optional(number) : std::nullopt;
}

// Of a file with a key and a number on each line.
std::optional<std::uint64_t> numberAt(const fs::path& file, std::string_view key) {
  std::ifstream stream(file);
  std::string name, rest;
  std::uint64_t number = 0;
  while (stream >> name >> number) {
    if (name == key) return number;
    std::getline(stream, rest);
  }
  return std::nullopt;
}

// What one group has left: files that can be dropped do not count as used.
std::optional<std::uint64_t> leftInGroup(const fs::path& group, const char* limit,
                                         const char* usage, const char* droppable) {
  const auto most = numberIn(group / limit);
  const auto used = numberIn(group / usage);
  if (!most || !used) return std::nullopt;
  const std::uint64_t files = numberAt(group / "memory.stat", droppable).value_or(0);
  const std::uint64_t kept = *used - std::min(*used, files);
  return *most - std::min(*most, kept);
}

// Of the group at `path` below `hierarchy`, and of those above it.
std::uint64_t leftInGroups(const fs::path& hierarchy, const fs::path& path, const char* limit,
                           const char* usage, const char* droppable) {
  std::uint64_t least = std::numeric_limits<std::uint64_t>::max();
  for (fs::path at = path.relative_path();; at = at.parent_path()) {
    if (const auto left = leftInGroup(hierarchy / at, limit, usage, droppable)) {
      least = std::min(least, *left);
    }
    if (at.empty()) return least;
  }
}

std::uint64_t leftInGroupsOfProcess(const fs::path& root) {
  std::uint64_t least = std::numeric_limits<std::uint64_t>::max();
  const fs::path groups = root / "sys/fs/cgroup";
  std::ifstream stream(root / "proc/self/cgroup");
  // hierarchy:controllers:path
  for (std::string line; std::getline(stream, line);) {
    const std::size_t first = line.find(':');
    const std::size_t second = first == std::string::npos ? first : line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = "," + line.substr(first + 1, second - first - 1) + ",";
    const fs::path path = line.substr(second + 1);
    if (controllers == ",,") {
      least = std::min(least,
                       leftInGroups(groups, path, "memory.max", "memory.current", "inactive_file"));
    } else if (controllers.find(",memory,") != std::string::npos) {
      least = std::min(least, leftInGroups(groups / "memory", path, "memory.limit_in_bytes",
                                           "memory.usage_in_bytes", "total_inactive_file"));
    }
  }
  return least;
}

}  // namespace

std::size_t memoryOfMachine(const fs::path& root) {
  std::uint64_t least = leftInGroupsOfProcess(root);
  if (const auto available = numberAt(root / "proc/meminfo", "MemAvailable:")) {
    least = std::min(least, *available << 10);
  }
  if (least == std::numeric_limits<std::uint64_t>::max()) return least;
  const std::uint64_t others = std::max<std::uint64_t>(othersMin, least / othersPart);
  return std::max<std::uint64_t>(leastEver, least - std::min(least, others));
}

}  // namespace troop::sandbox
