#include "sandbox/machine.h"

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/machine/control-groups.h"

namespace troop::sandbox {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t othersMin = std::size_t{64} << 20;
constexpr std::size_t othersPart = 16;
constexpr std::size_t leastEver = std::size_t{1} << 20;

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
  const auto most = machine::numberIn(group / limit);
  const auto used = machine::numberIn(group / usage);
  if (!most || !used) return std::nullopt;
  const std::uint64_t files = numberAt(group / "memory.stat", droppable).value_or(0);
  const std::uint64_t kept = *used - std::min(*used, files);
  return *most - std::min(*most, kept);
}

std::uint64_t leftInGroupsOfProcess(const fs::path& root) {
  std::uint64_t least = std::numeric_limits<std::uint64_t>::max();
  for (const machine::ControlGroup& group : machine::controlGroups("memory", root)) {
    const auto left =
        group.unified ? leftInGroup(group.folder, "memory.max", "memory.current", "inactive_file")
                      : leftInGroup(group.folder, "memory.limit_in_bytes", "memory.usage_in_bytes",
                                    "total_inactive_file");
    least = std::min(least, left.value_or(least));
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
