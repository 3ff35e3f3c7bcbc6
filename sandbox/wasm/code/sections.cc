#include "sandbox/wasm/code/sections.h"

#include <algorithm>

#include "runtime/error.h"
#include "sandbox/wasm/code/opcodes.h"

namespace troop::sandbox::wasm {

Sections sectionsOf(std::span<const std::byte> module) {
  BinaryReader in(module);
  in.take(preambleBytes);
  Sections sections;
  while (!in.atEnd()) {
    const std::uint8_t id = in.byte();
    const std::uint32_t bytes = in.unsigned32();
    sections.push_back({id, in.take(bytes)});
  }
  return sections;
}

const Section* find(const Sections& sections, std::uint8_t id) noexcept {
  const auto found =
      std::ranges::find_if(sections, [&](const Section& section) { return section.id == id; });
  return found == sections.end() ? nullptr : &*found;
}

std::uint32_t entriesOf(const Sections& sections, std::uint8_t id) {
  const Section* section = find(sections, id);
  return section == nullptr ? 0 : BinaryReader(section->content).unsigned32();
}

SizeLimits takeLimits(BinaryReader& in) {
  constexpr std::uint8_t hasMax = 1;
  const std::uint8_t flags = in.byte();
  const std::uint32_t min = in.unsigned32();
  return {min, (flags & hasMax) != 0 ? in.unsigned32() : UINT32_MAX};
}

std::uint32_t importedFunctions(const Sections& sections) {
  const Section* section = find(sections, format::imports);
  if (section == nullptr) return 0;
  BinaryReader in(section->content);
  std::uint32_t functions = 0;
  for (std::uint32_t left = in.unsigned32(); left != 0; --left) {
    in.name();
    in.name();
    switch (in.byte()) {
      case 0:
        ++functions;
        in.skipInteger();
        break;
      case 1:
        in.skipInteger();
        takeLimits(in);
        break;
      case 2:
        takeLimits(in);
        break;
      case 3:
        in.skipIntegers(2);
        break;
      default:
        throw Error(ErrorKind::failed, "an import of this kind is not admitted", ErrorDetail::none,
                    Executed::no);
    }
  }
  return functions;
}

}  // namespace troop::sandbox::wasm
