// What one carrier has done since its Process began.
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
  Duration busy{0};          // spent in slices
};

}  // namespace troop
