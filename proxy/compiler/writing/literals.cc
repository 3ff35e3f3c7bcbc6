#include "proxy/compiler/writing/literals.h"

#include <fmt/format.h>

#include <cstddef>

namespace troop::proxy::compiler {
namespace {

bool isContinuation(std::string_view text, std::size_t at) {
  return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80;
}

// The bytes of the character that begins at `at`; 0 if it is no UTF-8.
std::size_t characterBytes(std::string_view text, std::size_t at) {
  const auto first = static_cast<unsigned char>(text[at]);
  const std::size_t bytes = first < 0x80                    ? 1
                            : first >= 0xc2 && first < 0xe0 ? 2
                            : first >= 0xe0 && first < 0xf0 ? 3
                            : first >= 0xf0 && first < 0xf5 ? 4
                                                            : 0;
  for (std::size_t i = 1; i < bytes; ++i) {
    if (!isContinuation(text, at + i)) return 0;
  }
  if (bytes < 3) return bytes;
  const auto second = static_cast<unsigned char>(text[at + 1]);
  // Overlong forms, surrogates, and what is beyond Unicode.
  const bool wrong = (first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f) ||
                     (first == 0xf0 && second < 0x90) || (first == 0xf4 && second > 0x8f);
  return wrong ? 0 : bytes;
}

template <typename T>
std::string shortest(T value) {
  std::string text = fmt::format("{}", value);
  return text.find_first_of(".e") == std::string::npos ? text + ".0" : text;
}

}  // namespace

std::string stringLiteral(std::string_view text, const Escapes& escapes) {
  std::string literal = "\"";
  for (std::size_t i = 0; i < text.size();) {
    const char c = text[i];
    const auto byte = static_cast<unsigned char>(c);
    const std::size_t bytes = characterBytes(text, i);
    if (bytes == 0) {
      literal += escapes.invalid(byte);
    } else if (c == '"' || c == '\\') {
      literal += fmt::format("\\{}", c);
    } else if (c == '\n') {
      literal += "\\n";
    } else if (byte < 0x20 || byte == 0x7f) {
      literal += escapes.control(byte);
    } else {
      literal += text.substr(i, bytes);
    }
    i += bytes == 0 ? 1 : bytes;
  }
  return literal + "\"";
}

std::string floatLiteral(float value) {
  return shortest(value);
}
std::string floatLiteral(double value) {
  return shortest(value);
}

}  // namespace troop::proxy::compiler
