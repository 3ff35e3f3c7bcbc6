#include "runtime/trace/json-text.h"

#include <fmt/format.h>

#include <cstdint>

namespace troop {
namespace trace {
namespace {

struct Sequence {
  std::size_t bytes;
  std::uint32_t least;  // what needs so many
};

// By the first byte of a character beyond ASCII; no bytes for one that begins none.
Sequence sequenceOf(unsigned char first) noexcept {
  if (first >= 0xc2 && first < 0xe0) return {.bytes = 2, .least = 0x80};
  if (first >= 0xe0 && first < 0xf0) return {.bytes = 3, .least = 0x800};
  if (first >= 0xf0 && first < 0xf5) return {.bytes = 4, .least = 0x10000};
  return {.bytes = 0, .least = 0};
}

// How many bytes the character takes that `text` begins with; 0: there is none.
std::size_t characterBytes(std::string_view text) noexcept {
  const auto first = static_cast<unsigned char>(text[0]);
  const auto [bytes, least] = sequenceOf(first);
  if (bytes == 0 || text.size() < bytes) return 0;
  std::uint32_t character = first & (0x7fU >> bytes);
  for (std::size_t i = 1; i < bytes; ++i) {
    const auto next = static_cast<unsigned char>(text[i]);
    if ((next & 0xc0U) != 0x80) return 0;
    character = character << 6 | (next & 0x3fU);
  }
  const bool isSurrogate = character >= 0xd800 && character < 0xe000;
  return character < least || character > 0x10ffff || isSurrogate ? 0 : bytes;
}

}  // namespace

std::string jsonText(std::string_view text) {
  std::string json = "\"";
  while (!text.empty()) {
    std::size_t bytes = 1;
    const auto first = static_cast<unsigned char>(text[0]);
    if (first == '"' || first == '\\') {
      json += fmt::format("\\{}", text[0]);
    } else if (first < 0x20 || first == 0x7f) {
      json += fmt::format("\\u{:04x}", first);
    } else if (first < 0x80) {
      json += text[0];
    } else if (bytes = characterBytes(text); bytes > 0) {
      json += text.substr(0, bytes);
    } else {
      json += "\\ufffd";
      bytes = 1;
    }
    text.remove_prefix(bytes);
  }
  return json + '"';
}

}  // namespace trace
}  // namespace troop
