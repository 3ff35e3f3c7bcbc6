#include "sandbox/wasm/instance/permissions.h"

#include <sodium.h>

#include <algorithm>
#include <chrono>
#include <utility>
#include <variant>

#include "sandbox/printable.h"

namespace troop::sandbox::wasm {

namespace {

// What a line costs beyond its text, so that empty lines are not free.
constexpr std::size_t lineCostBytes = 16;

// Lines whose room is used again.
constexpr std::size_t entriesKept = 64;

std::int64_t rounded(Duration time, Duration resolution) noexcept {
  return time.count() - time.count() % resolution.count();
}

// SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
std::uint64_t nextOf(std::uint64_t& state) noexcept {
  std::uint64_t z = state += 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

}  // namespace

Permissions::Permissions(std::string guestName, const std::vector<Grant>& grants)
    : guestName_(std::move(guestName)) {
  for (const Grant& grant : grants) {
    if (const auto* log = std::get_if<allow::Log>(&grant.permission)) {
      log_ = *log;
    } else if (const auto* clock = std::get_if<allow::Clock>(&grant.permission)) {
      clock_ = *clock;
    } else if (const auto* random = std::get_if<allow::Random>(&grant.permission)) {
      unpredictable_ = !random->seed;
      sequence_ = random->seed.value_or(0);
    }
  }
  if (log_) room_ = log_->bytesPerSecond;
}

// A bucket that holds what may be logged in a second, and fills evenly.
void Permissions::refill() {
  const Time time = now();
  const auto elapsed = std::min<Duration>(time - refilled_, 1s);
  const auto added = static_cast<std::size_t>(std::chrono::duration<double>(elapsed).count() *
                                              static_cast<double>(log_->bytesPerSecond));
  if (added == 0) return;
  refilled_ = time;
  room_ = std::min(log_->bytesPerSecond, room_ + added);
}

void Permissions::log(troop_log_level level, std::string_view text) {
  if (!log_) return;
  text = text.substr(0, log_->lineBytesMax);
  const std::size_t cost = text.size() + lineCostBytes;
  if (cost > room_) refill();
  if (cost > room_) {
    ++dropped_;
    return;
  }
  room_ -= cost;
  if (dropped_ != 0) {
    const std::uint64_t dropped = std::exchange(dropped_, 0);
    entries_.push_back({allow::Log::Level::warning,
                        std::to_string(dropped) + (dropped == 1 ? " line was" : " lines were") +
                            " dropped: more than " + std::to_string(log_->bytesPerSecond) +
                            " bytes a second"});
  }
  entries_.push_back({static_cast<allow::Log::Level>(level), printable(text, log_->lineBytesMax)});
}

void Permissions::flush() {
  if (entries_.empty()) return;
  for (const Entry& entry : entries_) log_->sink({guestName_, entry.level, entry.text});
  // A flood must not leave behind the room that it took.
  if (entries_.size() > entriesKept) {
    entries_ = {};
  } else {
    entries_.clear();
  }
}

std::int64_t Permissions::clock(troop_clock_kind kind) const noexcept {
  if (!clock_) return 0;
  if (kind == troop_clock_monotonic) return rounded(now() - born_, clock_->resolution);
  return rounded(std::chrono::system_clock::now().time_since_epoch(), clock_->resolution);
}

std::int64_t Permissions::entropy() noexcept {
  if (!unpredictable_) return static_cast<std::int64_t>(nextOf(sequence_));
  std::int64_t value;
  randombytes_buf(&value, sizeof(value));
  return value;
}

}  // namespace troop::sandbox::wasm
