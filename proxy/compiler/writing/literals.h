// Literals that C++ and JavaScript write alike.
#pragma once

#include <string>
#include <string_view>

namespace troop::proxy::compiler {

// What stands in a literal for bytes that are no UTF-8, and for control characters, differs.
struct Escapes {
  std::string (*control)(unsigned char byte);
  std::string (*invalid)(unsigned char byte);
};

// The text in double quotes.
std::string stringLiteral(std::string_view text, const Escapes& escapes);

// The shortest number that reads as the same value, with a point or an exponent; it is finite.
std::string floatLiteral(float value);
std::string floatLiteral(double value);

}  // namespace troop::proxy::compiler
