// Changes a module as a fuzzer does, but where it is made of parts with their sizes in front it
// changes a part and mends the size: otherwise nearly all that comes out ends in the first section.
//
// Threads: one at a time. Only inside a fuzzer, which has LLVMFuzzerMutate().
//
//   extern "C" std::size_t LLVMFuzzerCustomMutator(...) { return mutateModule(...); }
#pragma once

#include <cstddef>
#include <cstdint>

namespace troop::sandbox::wasm {

// The new size, at most `countMax`.
std::size_t mutateModule(std::uint8_t* bytes, std::size_t count, std::size_t countMax,
                         unsigned seed);

}  // namespace troop::sandbox::wasm
