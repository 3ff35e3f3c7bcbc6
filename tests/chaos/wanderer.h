// A wanderer is a coroutine that does random things until it has had enough, as an actor
// (tests/chaos/actor.h) does with a stack; each starts the other.
//
// Waits without a deadline are for somebody who was started for it and lets go when it ends, as
// there.
//
//   scope.async(wander(world, seed, depth));
#pragma once

#include <cstddef>
#include <cstdint>

#include "runtime/async/async.h"
#include "tests/chaos/actor.h"
#include "tests/chaos/world.h"

namespace troop::chaos {

// What a wanderer may do next.
enum class Step : unsigned char {
  takeTurns,
  sleepShortly,
  awaitEvent,
  sendToAll,
  receiveFromAll,
  selectFromAll,
  awaitAnother,
  startSome,
  gather,
  awaitFuture,
  combine,
  joinSomebody,
  visitShelf,
  awaitGoods,
  fail,
  killSomebody,
};
inline constexpr std::size_t steps = static_cast<std::size_t>(Step::killSomebody) + 1;

// Of all that is counted: first what actors do, then what wanderers do.
inline constexpr std::size_t kinds = actions + steps;
static_assert(kinds <= World::kindsMax);

Async<void> wander(World& world, std::uint64_t seed, unsigned depth);

}  // namespace troop::chaos
