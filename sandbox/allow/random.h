// Permission to have random numbers that nobody can predict. A guest without it gets a sequence
// that is the same in each run; so does one with a seed, a sequence of its own.
//
//   GuestOptions options{.grants = {allow::Random{}}};
//   GuestOptions repeatable{.grants = {allow::Random{.seed = 7}}};
#pragma once

#include <cstdint>
#include <optional>

namespace troop::sandbox::allow {

struct Random {
  std::optional<std::uint64_t> seed;
};

}  // namespace troop::sandbox::allow
