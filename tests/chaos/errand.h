// What an actor does that the runtime cannot do for it: code that blocks its OS thread, said and
// unsaid; code that must stay on its OS thread, or calls back through frames of C; programs,
// signals and names.
//
// In a simulated run there are no programs and no signals, which Errors tell.
//
//   doErrand(world, chance);
#pragma once

#include "tests/chaos/world.h"

namespace troop::chaos {

void doErrand(World& world, Chance& chance);

}  // namespace troop::chaos
