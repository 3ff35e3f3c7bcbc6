// Makes WebAssembly modules from choices: valid ones, of every instruction that compilers emit,
// with every kind of immediate, whose code ends by itself.
//
// Each has a memory and a function "run" of two i32 with a result of i32, and exports the globals
// "left", "narrow" and "wide". Functions and loops take from `left` and trap when it is used up, so
// running one ends after some hundred rounds. Floating-point numbers are computed with, but only
// compared: the bits of a NaN are the engine's own affair.
//
// Threads: any; pure. Limits: as long as there are choices, code of some KiB.
//
//   Choices choices(bytes);
//   std::vector<std::byte> module = makeModule(choices);
#pragma once

#include <cstddef>
#include <vector>

#include "runtime/testing/choices.h"

namespace troop::sandbox::wasm {

std::vector<std::byte> makeModule(tests::Choices& choices);

}  // namespace troop::sandbox::wasm
