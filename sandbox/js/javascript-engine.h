// The base image of all JavaScript guests, as a Wasm module: the engine, started, with the prelude
// evaluated. Made when Troop is built; see sandbox/js/bake.
#pragma once

#include <cstddef>
#include <span>

namespace troop::sandbox::js {

// Lives as long as the program.
std::span<const std::byte> javascriptEngine() noexcept;

}  // namespace troop::sandbox::js
