#include "sandbox/wasm/code/data-segments.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>

#include "runtime/error.h"
#include "runtime/units.h"
#include "sandbox/wasm/binary.h"
#include "sandbox/wasm/code/opcodes.h"
#include "sandbox/wasm/code/sections.h"
#include "sandbox/wasm/engine.h"

namespace troop::sandbox::wasm {

namespace {

using namespace format;

[[noreturn]] void refuse(const std::string& reason) {
  throw Error(ErrorKind::failed, reason, ErrorDetail::none, Executed::no);
}

struct Segment {
  std::optional<std::uint32_t> offset;  // none: it is computed
  std::size_t bytes = 0;
};

// What stands before `end` is a constant expression, which has no blocks.
std::optional<std::uint32_t> offsetOf(BinaryReader& in) {
  std::optional<std::uint32_t> offset;
  for (std::size_t instructions = 0;; ++instructions) {
    const std::uint8_t opcode = in.byte();
    if (opcode == end) return instructions == 1 ? offset : std::nullopt;
    switch (opcode) {
      case i32Const:
        offset = static_cast<std::uint32_t>(in.signed32());
        break;
      case i64Const:
      case globalGet:
        in.skipInteger();
        offset.reset();
        break;
      default:  // arithmetic
        offset.reset();
        break;
    }
  }
}

// Those that are active, which the engine writes when an instance is made.
std::vector<Segment> segmentsOf(const Section& section) {
  constexpr std::uint32_t passive = 1;
  constexpr std::uint32_t ofMemory = 2;
  BinaryReader in(section.content);
  std::vector<Segment> segments;
  for (std::uint32_t left = in.unsigned32(); left != 0; --left) {
    const std::uint32_t kind = in.unsigned32();
    if (kind == ofMemory) in.skipInteger();
    Segment segment;
    if (kind != passive) segment.offset = offsetOf(in);
    segment.bytes = in.take(in.unsigned32()).size();
    if (kind != passive) segments.push_back(segment);
  }
  return segments;
}

// How large the first memory is.
std::size_t memoryBytes(const Sections& sections) {
  if (entriesOf(sections, memories) == 0) return 0;
  BinaryReader in(find(sections, memories)->content);
  in.skipInteger();  // how many
  return std::size_t{takeLimits(in).min} * pageBytes;
}

// Why the engine makes no image of them; empty if it does.
std::string obstacle(const std::vector<Segment>& segments, std::size_t memory) {
  std::size_t total = 0;
  std::size_t begin = memory;
  std::size_t last = 0;
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const Segment& segment = segments[i];
    if (!segment.offset) return "data segment " + std::to_string(i) + " has a computed offset";
    const std::size_t ends = *segment.offset + segment.bytes;
    if (ends > memory) return "data segment " + std::to_string(i) + " lies outside memory";
    if (segment.bytes == 0) continue;
    total += segment.bytes;
    begin = std::min<std::size_t>(begin, *segment.offset);
    last = std::max(last, ends);
  }
  if (last < begin + denseImageBytes || total >= (last - begin) / 2) return {};
  return describeBytes(total) + " of data are spread over " + describeBytes(last - begin);
}

}  // namespace

void refuseDataThatIsCopied(std::span<const std::byte> module) {
  constexpr std::size_t machinePageBytes = 4096;
  const Sections sections = sectionsOf(module);
  const Section* section = find(sections, data);
  if (section == nullptr) return;
  const std::vector<Segment> segments = segmentsOf(*section);
  std::size_t pages = 0;
  for (const Segment& segment : segments) {
    // It may begin and end in the midst of one.
    if (segment.bytes != 0) pages += segment.bytes / machinePageBytes + 2;
  }
  if (pages <= copiedPagesMax) return;
  const std::string why = obstacle(segments, memoryBytes(sections));
  if (why.empty()) return;
  refuse(why + ": then all data are written whenever an instance is made, at most " +
         describeBytes(copiedPagesMax * machinePageBytes) + ", and these take " +
         describeBytes(pages * machinePageBytes));
}

}  // namespace troop::sandbox::wasm
