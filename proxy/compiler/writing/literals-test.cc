#include "proxy/compiler/writing/literals.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <limits>

namespace troop::proxy::compiler {
namespace {

std::string literal(std::string_view text) {
  return stringLiteral(text, {[](unsigned char byte) { return fmt::format("<{}>", byte); },
                              [](unsigned char byte) { return fmt::format("[{}]", byte); }});
}

TEST(StringLiteral, escapesWhatEndsIt) {
  EXPECT_EQ(literal(""), "\"\"");
  EXPECT_EQ(literal("a\"b\\c\nd"), "\"a\\\"b\\\\c\\nd\"");
  EXPECT_EQ(literal(std::string_view("\0\t\x7f", 3)), "\"<0><9><127>\"");
}

TEST(StringLiteral, keepsWellFormedCharacters) {
  const std::string_view text = "ü€𝄞\U0010ffff\u0800\ud7ff";
  EXPECT_EQ(literal(text), "\"" + std::string(text) + "\"");
}

TEST(StringLiteral, escapesBytesThatAreNoCharacters) {
  EXPECT_EQ(literal("\x80"), "\"[128]\"");
  EXPECT_EQ(literal("\xc3"), "\"[195]\"");                             // cut off
  EXPECT_EQ(literal("\xc3("), "\"[195](\"");                           // not continued
  EXPECT_EQ(literal("\xc0\xaf"), "\"[192][175]\"");                    // longer than needed
  EXPECT_EQ(literal("\xe0\x80\xaf"), "\"[224][128][175]\"");           // longer than needed
  EXPECT_EQ(literal("\xed\xa0\x80"), "\"[237][160][128]\"");           // half of a surrogate pair
  EXPECT_EQ(literal("\xf4\x90\x80\x80"), "\"[244][144][128][128]\"");  // beyond Unicode
  EXPECT_EQ(literal("\xff"), "\"[255]\"");
}

TEST(FloatLiteral, isTheShortestThatIsTheSameNumber) {
  EXPECT_EQ(floatLiteral(0.1f), "0.1");
  EXPECT_EQ(floatLiteral(0.1), "0.1");
  EXPECT_EQ(floatLiteral(1.0), "1.0");
  EXPECT_EQ(floatLiteral(-0.0), "-0.0");
  EXPECT_EQ(floatLiteral(1e300), "1e+300");
  for (double number :
       {1.0 / 3, std::numeric_limits<double>::denorm_min(), std::numeric_limits<double>::max()}) {
    EXPECT_EQ(std::strtod(floatLiteral(number).c_str(), nullptr), number);
  }
}

}  // namespace
}  // namespace troop::proxy::compiler
