// Steers a guest that does whatever it is told (puppet.c): any host function with any arguments, in
// any order, with whatever in its memory; and calls it, cancels, drops and reads what it gives, as
// others would.
//
// Threads: one. Errors: harm that is done to the others in the Arena fails the test.
//
//   Choices choices(bytes);
//   playPuppet(arena, choices);
#pragma once

#include "proxy/message.h"
#include "runtime/testing/choices.h"
#include "tests/attack/arena.h"

namespace troop::tests {

// What the puppet is to do next.
proxy::Message stepsOf(Choices& choices);

// One guest from its start to its end. When this returns nothing is left of it.
void playPuppet(Arena& arena, Choices& choices);

}  // namespace troop::tests
