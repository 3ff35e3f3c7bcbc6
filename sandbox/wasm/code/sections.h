// The sections of a WebAssembly module: its bytes, divided at their borders.
//
// Ownership: views of a module that must outlive them. Threads: any; pure. Errors: throws Error
// (failed) at what is malformed. Nothing is validated.
//
//   const Sections sections = sectionsOf(module);
//   if (const Section* code = find(sections, format::code)) rewrite(code->content);
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "sandbox/wasm/binary.h"

namespace troop::sandbox::wasm {

struct Section {
  std::uint8_t id;
  std::span<const std::byte> content;
};
using Sections = std::vector<Section>;

// The magic number and the version, which stand in front.
inline constexpr std::size_t preambleBytes = 8;

Sections sectionsOf(std::span<const std::byte> module);

// The first with this number; null where there is none.
const Section* find(const Sections& sections, std::uint8_t id) noexcept;

// How many entries it says it has; 0 where there is none.
std::uint32_t entriesOf(const Sections& sections, std::uint8_t id);

// How many functions are imported; their numbers come before those of the module's own.
std::uint32_t importedFunctions(const Sections& sections);

// Of a table or a memory.
struct SizeLimits {
  std::uint32_t min;
  std::uint32_t max;  // UINT32_MAX: it has none
};
SizeLimits takeLimits(BinaryReader& in);

}  // namespace troop::sandbox::wasm
