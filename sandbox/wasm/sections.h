// The sections of a WebAssembly module, as they stand in its bytes.
//
// Ownership: a Section refers to the module's bytes. Threads: any; pure. Errors: throws Error
// (failed) for bytes that are no module.
//
//   const std::vector<Section> sections = sectionsOf(module);
//   if (const Section* data = find(sections, format::data)) read(data->content);
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace troop::sandbox::wasm {

struct Section {
  std::uint8_t id;
  std::span<const std::byte> content;
};

std::vector<Section> sectionsOf(std::span<const std::byte> module);

// The first of this kind, or null; there is one of each kind at most, custom ones aside.
const Section* find(std::span<const Section> sections, std::uint8_t id);

// Most kinds begin with the number of their entries; 0 where there is no such section.
std::uint32_t entriesOf(std::span<const Section> sections, std::uint8_t id);

}  // namespace troop::sandbox::wasm
