// What lived on a stack at one moment: enough to tell, at leisure and in any OS thread, which calls
// stood there.
//
//   | words[0] at `from` | ... | the frame that was called first |      stacks grow downwards
//
// Ownership: a value. Fails: std::bad_alloc.
#pragma once

#include <cstdint>
#include <vector>

#include "runtime/stack/fiber.h"
#include "runtime/stack/stack-switch.h"

namespace [[gnu::visibility("hidden")]] troop {
namespace inspect {

struct StackCopy {
  StackRegisters registers;
  std::uintptr_t from = 0;
  std::vector<std::uint64_t> words;
};

// Of one that has begun, while it is suspended; empty of one that has ended or not begun.
StackCopy copyOf(const Fiber& fiber);

}  // namespace inspect
}  // namespace troop
