// What each instance of a module takes of the host's memory beside linear memory: its table, its
// globals, what stands for the functions that it hands around, and its copies of passive element
// segments. Who wrote the module chose how much that is: sixteen times the module's own size, if
// they like.
//
// Threads: any; pure. Limits: time in proportion to the code. Errors: throws Error (failed) for
// what is malformed. Misuse: of code that the engine has not validated it says something, or
// throws.
//
//   memory.charge(instanceBytes(code));
#pragma once

#include <cstddef>
#include <span>

namespace troop::sandbox::wasm {

// As much as it may come to: of a table all that it may grow to.
std::size_t instanceBytes(std::span<const std::byte> code);

}  // namespace troop::sandbox::wasm
