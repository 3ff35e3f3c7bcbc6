// The finalizer of SplitMix64 (Steele, Lea, Flood 2014): random numbers that are the same in every
// peer's language.
//
//   state = mix(state);
#pragma once

#include <cstdint>

namespace troop::peers {

constexpr std::uint64_t mix(std::uint64_t value) noexcept {
  value += 0x9E3779B97F4A7C15U;
  value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9U;
  value = (value ^ (value >> 27)) * 0x94D049BB133111EBU;
  return value ^ (value >> 31);
}

}  // namespace troop::peers
