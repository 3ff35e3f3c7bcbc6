#include "runtime/machine/processors.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <fstream>

namespace troop::machine {
namespace {

namespace fs = std::filesystem;

struct Quota {
  std::uint64_t microseconds = 0;
  std::uint64_t ofEach = 0;  // 0: there is none
  bool isHidden = false;
};

// Where `stream` gives none: a file that is not there says that there is none.
Quota quotaWithout(const std::ifstream& stream) {
  return {.isHidden = !stream.is_open() && errno != ENOENT && errno != ENOTDIR};
}

// "QUOTA PERIOD", the quota "max" where there is none.
Quota quotaOfUnified(const fs::path& group) {
  Quota quota;
  std::ifstream stream = openNumbers(group / "cpu.max");
  if (!(stream >> quota.microseconds >> quota.ofEach)) return quotaWithout(stream);
  return quota;
}

// The quota is -1 where there is none.
Quota quotaOfOlderKind(const fs::path& group) {
  std::int64_t microseconds = 0;
  std::ifstream stream = openNumbers(group / "cpu.cfs_quota_us");
  if (!(stream >> microseconds)) return quotaWithout(stream);
  if (microseconds < 0) return {};
  Quota quota{.microseconds = static_cast<std::uint64_t>(microseconds)};
  std::ifstream period = openNumbers(group / "cpu.cfs_period_us");
  if (!(period >> quota.ofEach)) return quotaWithout(period);
  return quota;
}

}  // namespace

unsigned processorsOfMachine() noexcept {
  return static_cast<unsigned>(std::max(1L, sysconf(_SC_NPROCESSORS_CONF)));
}

Processors processorsAvailable(unsigned inMask, std::span<const ControlGroup> groups) {
  std::uint64_t least = inMask;
  bool areToldInFull = true;
  for (const ControlGroup& group : groups) {
    const Quota quota =
        group.unified ? quotaOfUnified(group.folder) : quotaOfOlderKind(group.folder);
    if (quota.isHidden) areToldInFull = false;
    if (quota.ofEach == 0) continue;
    const bool part = quota.microseconds % quota.ofEach != 0;
    least = std::min(least, quota.microseconds / quota.ofEach + (part ? 1 : 0));
  }
  return {.count = static_cast<unsigned>(std::max<std::uint64_t>(1, least)),
          .areToldInFull = areToldInFull};
}

}  // namespace troop::machine
