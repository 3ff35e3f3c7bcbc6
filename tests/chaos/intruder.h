// An OS thread of the host that does random things in a World, beside its Process.
//
//   std::thread outside([&] { intrude(world, seed); });
#pragma once

#include <cstdint>

#include "tests/chaos/world.h"

namespace troop::chaos {

// Sends, receives, starts, joins, kills, visits, posts and resizes, until enough Threads were
// started.
void intrude(World& world, std::uint64_t seed);

}  // namespace troop::chaos
