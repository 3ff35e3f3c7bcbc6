#include "sandbox/printable.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace troop::sandbox {

namespace {

struct Character {
  char32_t code;
  std::size_t bytes;
};

constexpr char32_t invalid = ~char32_t{0};

struct Form {
  std::uint8_t mask;    // of the first byte, what tells the form
  std::uint8_t prefix;  // and what it is then
  std::size_t bytes;
  char32_t codeMin;  // smaller ones have a shorter form
};
constexpr std::array forms{
    Form{0x80, 0x00, 1, 0},
    Form{0xe0, 0xc0, 2, 0x80},
    Form{0xf0, 0xe0, 3, 0x800},
    Form{0xf8, 0xf0, 4, 0x10000},
};

// The first character of a text that is not empty; a byte that begins none is invalid by itself.
Character firstOf(std::string_view text) noexcept {
  constexpr Character bad{invalid, 1};
  const auto first = static_cast<std::uint8_t>(text.front());
  const auto form = std::ranges::find_if(
      forms, [&](const Form& candidate) { return (first & candidate.mask) == candidate.prefix; });
  if (form == forms.end() || text.size() < form->bytes) return bad;
  char32_t code = first & static_cast<std::uint8_t>(~form->mask);
  for (const char next : text.substr(1, form->bytes - 1)) {
    const auto byte = static_cast<std::uint8_t>(next);
    if ((byte & 0xc0) != 0x80) return bad;
    code = code << 6 | (byte & 0x3f);
  }
  const bool surrogate = code >= 0xd800 && code < 0xe000;
  if (code < form->codeMin || code > 0x10ffff || surrogate) return bad;
  return {code, form->bytes};
}

bool isWithin(char32_t code, char32_t first, char32_t last) noexcept {
  return first <= code && code <= last;
}

// Terminals act upon the first two ranges; the rest ends lines or changes the direction of writing.
bool steers(char32_t code) noexcept {
  if (code == U'\t') return false;
  return isWithin(code, 0, 0x1f) || isWithin(code, 0x7f, 0x9f) || code == 0x061c ||
         isWithin(code, 0x200e, 0x200f) || isWithin(code, 0x2028, 0x202e) ||
         isWithin(code, 0x2066, 0x2069);
}

}  // namespace

std::string printable(std::string_view text, std::size_t bytesMax) {
  std::string line;
  line.reserve(std::min(text.size(), bytesMax));
  while (!text.empty()) {
    const Character character = firstOf(text);
    if (line.size() + character.bytes > bytesMax) break;
    if (character.code == invalid) {
      line += '?';
    } else if (steers(character.code)) {
      line += ' ';
    } else {
      line += text.substr(0, character.bytes);
    }
    text.remove_prefix(character.bytes);
  }
  return line;
}

}  // namespace troop::sandbox
