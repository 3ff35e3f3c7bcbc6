// Somebody waits until Threads that wait have given the pages of their stacks up, and wakes one
// whose stacks have to be as they were.
//
// Threads: by Tasks. Fails: as Troop::thread() and as every wait; World::wrong() tells of a stack
// that came back with something else on it.
//
//   parkSomebody(world, chance);
#pragma once

#include "tests/chaos/world.h"

namespace troop::chaos {

void parkSomebody(World& world, Chance& chance);

}  // namespace troop::chaos
