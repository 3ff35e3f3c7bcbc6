#include "tools/troop/manifest/limits-section.h"

#include <fmt/format.h>

#include <algorithm>

namespace troop::manifest {
namespace {

using sandbox::Limits;

constexpr Range<std::size_t> of(sandbox::Range<std::size_t> range) {
  return {range.min, range.max};
}

// A limit: its key, where it is kept, and what it may be.
template <typename T>
struct Limit {
  std::string_view key;
  T Limits::* member;
  Range<T> range;
};

// Manifests name durations as finite ones; a limit that is left out may be `forever`.
constexpr Range<Duration> durationRange{Limits::durationRange.min, 1000h};

constexpr Limit<std::size_t> sizes[] = {
    {"memory", &Limits::memoryBytes, of(Limits::memoryBytesRange)},
    {"memory-reserved", &Limits::memoryReserved, of(Limits::memoryReservedRange)},
    {"memory-lent-per-call", &Limits::memoryLentPerCall, of(Limits::memoryReservedRange)},
    {"stack", &Limits::stackBytes, of(Limits::stackBytesRange)},
    {"message", &Limits::messageBytes, of(Limits::messageBytesRange)},
};

constexpr Limit<Duration> durations[] = {
    {"cpu", &Limits::cpu, durationRange},
    {"cpu-at-start", &Limits::cpuAtStart, durationRange},
    {"cpu-per-call", &Limits::cpuPerCall, durationRange},
    {"cpu-lent-per-call", &Limits::cpuLentPerCall, {Limits::lentRange.min, durationRange.max}},
    {"wall-per-call", &Limits::wallPerCall, durationRange},
};

constexpr Limit<std::size_t> counts[] = {
    {"calls", &Limits::callsQueued, of(Limits::callsRange)},
    {"calls-made", &Limits::callsMade, of(Limits::callsRange)},
    {"capabilities", &Limits::capabilities, of(Limits::capabilitiesRange)},
};

// No more can be set aside than there may be, which is read before.
Range<std::size_t> rangeOf(const Limit<std::size_t>& limit, const Limits& limits) {
  Range<std::size_t> range = limit.range;
  if (limit.member == &Limits::memoryReserved) range.max = std::min(range.max, limits.memoryBytes);
  return range;
}

}  // namespace

Limits readLimits(Section& troop) {
  Limits limits;
  auto section = troop.section("limits", fmt::format("the limits of {}", troop.title()));
  if (!section) return limits;
  for (const auto& limit : sizes) {
    if (const auto bytes = section->size(limit.key, rangeOf(limit, limits))) {
      limits.*limit.member = bytes->value;
    }
  }
  for (const auto& limit : durations) {
    if (const auto duration = section->duration(limit.key, limit.range)) {
      limits.*limit.member = duration->value;
    }
  }
  for (const auto& limit : counts) {
    if (const auto count = section->count(limit.key, limit.range)) {
      limits.*limit.member = count->value;
    }
  }
  section->end();
  return limits;
}

}  // namespace troop::manifest
