// Baking writes the state of a live Wasm instance back into its module: instances of the result
// begin where that one was. What runs once (constructors, an interpreter's start) then costs new
// instances nothing, and its memory is shared by all of them until they write to it.
//
// An instance's state is its linear memory and its mutable globals. Tables are taken to be as the
// module made them, which holds for what compilers of C emit. Errors: throws Error (failed) that
// says what about the module is malformed or not supported: passive data segments, more than one
// memory, an imported memory, mutable globals that are no numbers.
//
//   InstanceState state{memory, globals};
//   std::vector<std::byte> baked = bakedModule(code, state, {"_initialize"});
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace troop::sandbox::js {

struct InstanceState {
  std::span<const std::byte> memory;  // whole Wasm pages
  std::vector<std::uint64_t>
      mutableGlobals;  // those that the module defines, in its order, as bit patterns
};

// `code` with that state, without its start function, and without the exports of these names.
std::vector<std::byte> bakedModule(std::span<const std::byte> code, const InstanceState& state,
                                   const std::vector<std::string_view>& exportsDropped);

// The mutable globals that the module defines, in its order, by the names under which it exports
// them; an empty name stands for one that it does not export.
std::vector<std::string> mutableGlobalNames(std::span<const std::byte> code);

}  // namespace troop::sandbox::js
