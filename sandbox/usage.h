// What a guest has used so far, and what it did.
//
//   Usage usage = guest.usage();
//   std::printf("%s: %zu calls\n", guest.name().c_str(), usage.callsServed);
#pragma once

#include <cstddef>
#include <cstdint>

#include "runtime/time.h"

namespace troop::sandbox {

// How often a guest that runs is asked to give its carrier back. What it uses past a limit of CPU
// time is at most two of these.
inline constexpr Duration preemptionTick = 1ms;

struct Usage {
  Duration cpu{};               // at its own expense
  Duration cpuOnLoans{};        // serving calls, at the expense of their callers
  Duration cpuOver{};           // past the limit of CPU time that it was killed for
  std::size_t memoryBytes = 0;  // its own, and what the host keeps for it
  std::size_t memoryPeakBytes = 0;
  std::uint64_t callsServed = 0;   // calls to it that it answered with a result
  std::uint64_t callsFailed = 0;   // calls to it that ended otherwise
  std::uint64_t callsMade = 0;     // calls of its own
  std::uint64_t callsRefused = 0;  // of these, those on a capability that was revoked
  std::uint64_t slices = 0;        // how often it got a carrier
  std::uint64_t migrations = 0;    // how often that was another one than before
};

}  // namespace troop::sandbox
