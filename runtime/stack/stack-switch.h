// Leaves a stack in the middle of a call and goes on with another one, as Boost.Context does, whose
// contexts these are.
//
// The processor foretells where a return goes by the calls that it has seen. Boost.Context goes on
// with a stack by a jump, so that one call has no return, and all returns after it are foretold
// wrongly: a quarter of the time of a message between two Threads. Here it is a return, to the
// place that was foretold where the other stack was left by the same call, as most are. This is so
// on x86-64 with the version of Boost whose frames it knows; elsewhere Boost.Context jumps.
//
// Each side has the registers that a call keeps, and the control words of floating point.
//
// Ownership: none; contexts stand on the stacks that were left. Threads: any; where a stack was
// left on one, another one may go on with it. Misuse: a context is used once; what is left on a
// stack that nobody goes on with is never destroyed; an entry must not return.
//
//   StackContext there = beginStack(top, bytes, [](StackSwitch begun) noexcept { ... });
//   StackSwitch back = switchStack(there, &message);  // until somebody goes on with what was left
//   there = back.left;
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace [[gnu::visibility("hidden")]] troop {

// Where a stack goes on.
using StackContext = void*;

struct StackSwitch {
  StackContext left;  // of who has gone on with this side
  void* message;      // from that one
};

using StackEntry = void (*)(StackSwitch begun) noexcept;

// With which code goes on, for who tells what stands on a stack.
struct StackRegisters {
  std::uintptr_t instruction = 0;  // 0: it is not known
  std::uintptr_t stack = 0;
  std::array<std::uintptr_t, 6> kept{};  // rbx, rbp, r12, r13, r14, r15
};

// Those of a stack that was left at `context`, where `words` belong.
StackRegisters registersOf(StackContext context, std::span<const std::uint64_t> words) noexcept;

// Goes on with `context`, which gets `message`.
StackSwitch switchStack(StackContext context, void* message) noexcept;

// Whoever goes on with this calls `entry` on the stack of `bytes` below `top`, a multiple of 16.
StackContext beginStack(std::byte* top, std::size_t bytes, StackEntry entry) noexcept;

}  // namespace troop
