// The memory of coroutines: of their frames and control blocks, charged to the troop that makes
// them, from its own heap where it has one.
//
//   +---------------------------+---------+
//   | frame                     | Troop*  |      a reference, so that whoever destroys the frame
//   +---------------------------+---------+      gives back what was taken, wherever that happens
//
// Ownership: the frame keeps its troop. Threads: allocateFrame() in what runs in a troop,
// freeFrame() anywhere. Fails: allocateFrame() throws Error (overloaded, memory) at the troop's
// limit, and Error (failed) outside of troops.
#pragma once

#include <cstddef>

namespace [[gnu::visibility("hidden")]] troop {

void* allocateFrame(std::size_t bytes);
// `bytes` as it was asked for.
void freeFrame(void* frame, std::size_t bytes) noexcept;

}  // namespace troop
