// A group of troops inside each other that somebody starts and kills as a whole, while the Threads
// inside go on starting others, in any of its troops; also while they unwind.
//
// Threads: by Tasks outside of the group. Limits: so many starts a group, some of them kept for
// those who unwind. Fails: as Troop::troop() and as every wait; the group is killed also then.
//
//   killGroup(world, chance, depth);
#pragma once

#include "tests/chaos/world.h"

namespace troop::chaos {

// Returns when nothing of it is left.
void killGroup(World& world, Chance& chance, unsigned depth);

}  // namespace troop::chaos
