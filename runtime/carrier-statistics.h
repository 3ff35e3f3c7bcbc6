// What one carrier has done since its Process began.
//
// Ownership: a copy, out of date at once. Threads: any. Limits: counts of 64 bits; carriers that
// never ran have none. Fails: never. Misuse: comparing fields of one moment exactly, as each is
// read by itself while the carrier goes on.
//
//   for (const CarrierStatistics& carrier : process.statistics()) total += carrier.slices;
#pragma once

#include <cstdint>

#include "runtime/time.h"

namespace [[gnu::visibility("hidden")]] troop {

struct CarrierStatistics {
  std::uint64_t slices = 0;  // run here, also by earlier OS threads of this carrier
  std::uint64_t steals = 0;  // Runnables taken from other carriers
  std::uint64_t sleeps = 0;  // times it found nothing to do and slept
  // Times it was stuck, and a spare stood in for it; spares stand behind all carriers there are.
  std::uint64_t replaced = 0;
  std::uint64_t stalls = 0;  // slices that lasted for ProcessOptions::stuckAfter, unannounced
  Duration busy{0};          // spent in slices
};

}  // namespace troop
