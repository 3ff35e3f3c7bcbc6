#include "sandbox/wasm/sections.h"

#include <algorithm>

#include "sandbox/wasm/binary.h"

namespace troop::sandbox::wasm {

std::vector<Section> sectionsOf(std::span<const std::byte> module) {
  constexpr std::size_t preambleBytes = 8;
  BinaryReader in(module);
  in.take(preambleBytes);
  std::vector<Section> sections;
  while (!in.atEnd()) {
    const std::uint8_t id = in.byte();
    const std::uint32_t bytes = in.unsigned32();
    sections.push_back({id, in.take(bytes)});
  }
  return sections;
}

const Section* find(std::span<const Section> sections, std::uint8_t id) {
  const auto found =
      std::ranges::find_if(sections, [&](const Section& section) { return section.id == id; });
  return found == sections.end() ? nullptr : &*found;
}

std::uint32_t entriesOf(std::span<const Section> sections, std::uint8_t id) {
  const Section* section = find(sections, id);
  return section == nullptr ? 0 : BinaryReader(section->content).unsigned32();
}

}  // namespace troop::sandbox::wasm
