// Checkpoints make every module interruptible: between two places where a guest can lose its
// carrier lies only so much work.
//
// The engine looks at its epoch where a function begins and where a loop begins. That leaves three
// ways to run on for as long as one likes, so a module is rewritten before it is compiled:
//
//   bulk operations on memory     become calls of functions that do them piece by piece
//   code without loops or calls   gets a checkpoint after so many bytes or accesses to memory on
//                                 any path, and before bulk operations on tables, which are small
//   returns from deep recursion   run through callers without a check: one follows every call
//
// A checkpoint is a loop without a body. What a module computes stays the same, and so do its
// exports and the numbers of its functions.
//
// Threads: any; pure. Limits: takes time and memory in proportion to the code. Errors: throws Error
// (failed) for code outside the core language that the Engine admits. Misuse: code that the engine
// has not validated gives code that it will not validate either.
//
//   std::vector<std::byte> interruptible = withCheckpoints(code);
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace troop::sandbox::wasm {

// The largest piece of a bulk operation: some microseconds, with the kernel's work for fresh pages.
inline constexpr std::size_t bulkBytesMax = std::size_t{64} << 10;

// The longest path without a checkpoint, in bytes of code; an access to memory counts for 128.
inline constexpr std::size_t pathBytesMax = std::size_t{16} << 10;

std::vector<std::byte> withCheckpoints(std::span<const std::byte> code);

}  // namespace troop::sandbox::wasm
