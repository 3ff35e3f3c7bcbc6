// What Tasks with stacks and coroutines do in Monitors, where they meet: those of a World, and one
// that is made for those who wait in it.
//
// Threads: those of Tasks; the coroutines are awaited by others. Fails: as every wait. Misuse: a
// Chance that does not outlive the coroutine.
//
//   visitShelf(world, chance);
//   co_await wanderToShelf(world, chance);
#pragma once

#include "runtime/async/async.h"
#include "tests/chaos/world.h"

namespace troop::chaos {

// Enters a Monitor of the world, signals there, or waits for a while.
void visitShelf(World& world, Chance& chance);
Async<void> wanderToShelf(World& world, Chance& chance);

// Some wait in a Monitor without a deadline, the caller with them; for each of them somebody was
// started who signals when it ends, however that comes. So nobody waits for ever, unless what was
// signalled reached nobody.
void awaitGoods(World& world, Chance& chance, unsigned depth);
Async<void> wanderForGoods(World& world, Chance& chance, unsigned depth);

}  // namespace troop::chaos
