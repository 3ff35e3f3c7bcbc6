// Permissions are the grants of one guest that are no capabilities: its log, its clock, its
// randomness.
//
// Ownership: its Instance. Threads: the carrier that runs the guest. Limits: those of the grants;
// what is logged above the rate is counted and reported in one line. Lines go out in flush(), not
// before.
//
//   permissions.log(troop_log_info, "hello");
//   permissions.flush();
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/time.h"
#include "sandbox/allow/clock.h"
#include "sandbox/allow/log.h"
#include "sandbox/allow/random.h"
#include "sandbox/policy.h"
#include "sandbox/wasm/abi.h"

namespace troop::sandbox::wasm {

class Permissions {
 public:
  Permissions(std::string guestName, const std::vector<Grant>& grants);

  void log(troop_log_level level, std::string_view text);
  std::int64_t clock(troop_clock_kind kind) const noexcept;
  std::int64_t entropy() noexcept;

  // Hands the lines over that were logged; foreign code, so not on the guest's stack.
  void flush();

 private:
  struct Entry {
    allow::Log::Level level;
    std::string text;
  };

  void refill();

  const std::string guestName_;
  const Time born_ = now();

  std::optional<allow::Log> log_;
  std::size_t room_ = 0;  // bytes that may be logged now
  Time refilled_ = born_;
  std::uint64_t dropped_ = 0;
  std::vector<Entry> entries_;

  std::optional<allow::Clock> clock_;
  bool unpredictable_ = false;
  std::uint64_t sequence_ = 0;  // state of the repeatable generator
};

}  // namespace troop::sandbox::wasm
