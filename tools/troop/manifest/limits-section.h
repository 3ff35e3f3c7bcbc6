// Reads the limits of a troop, the table `limits` in its section of a manifest.
//
//   [troop.markdown]
//   limits = { memory = "64M", cpu-per-call = "5s", calls = 64 }
#pragma once

#include "sandbox/policy.h"
#include "tools/troop/manifest/section.h"

namespace troop::manifest {

// The limits that `troop` gives, and the defaults for all others. Notes what is wrong.
sandbox::Limits readLimits(Section& troop);

}  // namespace troop::manifest
