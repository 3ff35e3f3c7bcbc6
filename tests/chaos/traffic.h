// What an actor does with what is outside: sockets, pipes and files, with deadlines, cancelled,
// closed by others while they wait, and cut short by whoever kills the troop.
//
// Each wait without a deadline is for somebody in the same Scope who lets go of what it has open
// when it ends, however that comes.
//
//   doTraffic(world, chance);
#pragma once

#include "tests/chaos/world.h"

namespace troop::chaos {

void doTraffic(World& world, Chance& chance);

}  // namespace troop::chaos
