#include "runtime/machine/processors.h"

#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>

namespace troop::machine {
namespace {

namespace fs = std::filesystem;

struct Quota {
  std::uint64_t microseconds;
  std::uint64_t ofEach;
};

// "QUOTA PERIOD", the quota "max" where there is none.
std::optional<Quota> quotaOfUnified(const fs::path& group) {
  Quota quota = {};
  std::ifstream stream(group / "cpu.max");
  if (!(stream >> quota.microseconds >> quota.ofEach)) return std::nullopt;
  return quota;
}

// The quota is -1 where there is none.
std::optional<Quota> quotaOfOlderKind(const fs::path& group) {
  std::int64_t microseconds = 0;
  std::ifstream stream(group / "cpu.cfs_quota_us");
  if (!(stream >> microseconds) || microseconds < 0) return std::nullopt;
  const std::optional<std::uint64_t> period = numberIn(group / "cpu.cfs_period_us");
  if (!period) return std::nullopt;
  return Quota{.microseconds = static_cast<std::uint64_t>(microseconds), .ofEach = *period};
}

}  // namespace

unsigned processorsOfMachine() noexcept {
  return static_cast<unsigned>(std::max(1L, sysconf(_SC_NPROCESSORS_CONF)));
}

unsigned processorsAvailable(unsigned inMask, std::span<const ControlGroup> groups) {
  std::uint64_t least = inMask;
  for (const ControlGroup& group : groups) {
    const auto quota =
        group.unified ? quotaOfUnified(group.folder) : quotaOfOlderKind(group.folder);
    if (!quota || quota->ofEach == 0) continue;
    const bool part = quota->microseconds % quota->ofEach != 0;
    least = std::min(least, quota->microseconds / quota->ofEach + (part ? 1 : 0));
  }
  return static_cast<unsigned>(std::max<std::uint64_t>(1, least));
}

}  // namespace troop::machine
