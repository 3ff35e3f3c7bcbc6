// Checks the capabilities that troops of a manifest are granted to each other, and finds an order
// of starting in which every troop comes after those that it is granted.
//
// Threads: any; pure functions. Errors: noted: a grant of a troop that is not there, that serves
// nothing, or that leads back to its holder.
//
//   orderByGrants(troops, problems);
#pragma once

#include <vector>

#include "tools/troop/manifest/manifest.h"

namespace troop::manifest {

// Otherwise keeps the order of `troops`.
void orderByGrants(std::vector<TroopEntry>& troops, Problems& problems);

}  // namespace troop::manifest
