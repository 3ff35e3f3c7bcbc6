#include "tools/troop/manifest/limits-section.h"

#include <fmt/format.h>

namespace troop::manifest {
namespace {

using sandbox::Limits;
using namespace literals;

// A limit: its key, where it is kept, and what it may be.
template <typename T, typename R>
struct Limit {
  std::string_view key;
  T Limits::* member;
  Range<R> range;
};

constexpr Limit<std::size_t, std::uint64_t> sizes[] = {
    {"memory", &Limits::memoryBytes, {2_MiB, 4_GiB}},
    {"stack", &Limits::stackBytes, {32_KiB, 1_MiB}},
    {"message", &Limits::messageBytes, {1_KiB, 64_MiB}},
};

constexpr Limit<Duration, Duration> durations[] = {
    {"cpu", &Limits::cpu, {1ms, 1000h}},
    {"cpu-per-call", &Limits::cpuPerCall, {1ms, 1h}},
    {"wall-per-call", &Limits::wallPerCall, {1ms, 24h}},
};

constexpr Limit<std::size_t, std::uint64_t> counts[] = {
    {"calls", &Limits::callsQueued, {1, 65'536}},
    {"calls-made", &Limits::callsMade, {1, 65'536}},
    {"capabilities", &Limits::capabilities, {1, 65'536}},
};

}  // namespace

Limits readLimits(Section& troop) {
  Limits limits;
  auto section = troop.section("limits", fmt::format("the limits of {}", troop.title()));
  if (!section) return limits;
  for (const auto& limit : sizes) {
    if (const auto bytes = section->size(limit.key, limit.range)) {
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
