// Somebody waits until Threads that wait have given the pages of their stacks up, and wakes one
// whose stacks have to be as they were; or many share stacks, which have to be as each left them.
//
// Threads: by Tasks. Fails: as Troop::thread() and as every wait; World::wrong() tells of a stack
// that came back with something else on it.
//
//   parkSomebody(world, chance);
#pragma once

#include "tests/chaos/world.h"

namespace troop::chaos {

void parkSomebody(World& world, Chance& chance);
void shareStacks(World& world, Chance& chance);

// By a Task that may not lend (mayLend()): it tries to, and is refused.
void expectNothingLent(World& world, Chance& chance);

}  // namespace troop::chaos
