// Messages written word by word, as no builder would.
//
//   Words words{{structPointer(0, 0, 1), listPointer(0, 2, 5)}};      // one segment
//   Expected<Message> message = Message::copyOf(framed({words}), {}, nullptr);
#pragma once

#include <cstdint>
#include <cstring>
#include <vector>

#include "proxy/message.h"

namespace troop::proxy::testing {

using Word = std::uint64_t;
using Words = std::vector<Word>;

// Offsets are in words from the end of the pointer; sizes as in the encoding.
inline Word structPointer(std::int32_t offset, std::uint16_t dataWords, std::uint16_t pointers) {
  return (static_cast<std::uint32_t>(offset) << 2) | Word{dataWords} << 32 | Word{pointers} << 48;
}

inline Word listPointer(std::int32_t offset, unsigned elementSize, std::uint32_t count) {
  return ((static_cast<std::uint32_t>(offset) << 2) | 1u) | Word{elementSize} << 32 |
         Word{count} << 35;
}

// The first word of a list of structs.
inline Word structListTag(std::uint32_t count, std::uint16_t dataWords, std::uint16_t pointers) {
  return structPointer(static_cast<std::int32_t>(count), dataWords, pointers);
}

inline Word farPointer(std::uint32_t word, std::uint32_t segment) {
  return Word{word} << 3 | 2u | Word{segment} << 32;
}
inline Word doubleFarPointer(std::uint32_t word, std::uint32_t segment) {
  return farPointer(word, segment) | 4u;
}

inline Word capabilityPointer(std::uint32_t index) {
  return Word{index} << 32 | 3u;
}

inline std::vector<std::byte> bytesOf(const Words& words) {
  std::vector<std::byte> bytes(words.size() * sizeof(Word));
  if (!words.empty()) std::memcpy(bytes.data(), words.data(), bytes.size());
  return bytes;
}

// The segments in the framing for streams.
inline std::vector<std::byte> framed(const std::vector<Words>& segments) {
  std::vector<std::uint32_t> table{static_cast<std::uint32_t>(segments.size() - 1)};
  for (const Words& segment : segments) {
    table.push_back(static_cast<std::uint32_t>(segment.size()));
  }
  if (table.size() % 2 != 0) table.push_back(0);
  std::vector<std::byte> bytes(table.size() * sizeof(std::uint32_t));
  std::memcpy(bytes.data(), table.data(), bytes.size());
  for (const Words& segment : segments) {
    const std::vector<std::byte> content = bytesOf(segment);
    bytes.insert(bytes.end(), content.begin(), content.end());
  }
  return bytes;
}

// The message that these segments are; throws where it is refused.
inline Message messageOf(const std::vector<Words>& segments,
                         std::vector<Capability> capabilities = {},
                         const MessageLimits& limits = {}) {
  return Message::copyOf(framed(segments), std::move(capabilities), nullptr, limits).value();
}

}  // namespace troop::proxy::testing
