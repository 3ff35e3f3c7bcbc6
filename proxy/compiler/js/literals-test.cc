#include "proxy/compiler/js/literals.h"

#include <gtest/gtest.h>

#include "proxy/compiler/testing/schema-model.h"

namespace troop::proxy::compiler {
namespace {

// The default of a field of this type, and value.
std::string literalOf(const std::string& field) {
  const SchemaModel schema("struct S { it @0 :" + field + "; }\nenum Color { red @0; green @1; }");
  const Field& it = schema.field("S", "it");
  return jsLiteral(it.defaultValue, it.type);
}
std::string maskOf(const std::string& field) {
  const SchemaModel schema("struct S { it @0 :" + field + "; }\nenum Color { red @0; green @1; }");
  return jsMask(schema.field("S", "it"));
}

TEST(JsLiteral, ofNumbersIsAsReadersGiveThem) {
  EXPECT_EQ(literalOf("Int8 = -5"), "-5");
  EXPECT_EQ(literalOf("Int64 = -5"), "-5n");
  EXPECT_EQ(literalOf("UInt64 = 18446744073709551615"), "18446744073709551615n");
  EXPECT_EQ(literalOf("Float64 = 0.1"), "0.1");
  EXPECT_EQ(literalOf("Float32 = 0.1"), "0.10000000149011612");
  EXPECT_EQ(literalOf("Float64 = -inf"), "-Infinity");
  EXPECT_EQ(literalOf("Float32 = nan"), "NaN");
  EXPECT_EQ(literalOf("Bool = true"), "true");
  EXPECT_EQ(literalOf("Void"), "null");
  EXPECT_EQ(literalOf("Color = green"), "\"green\"");
}

TEST(JsLiteral, ofTextsAndBytesIsWhole) {
  EXPECT_EQ(literalOf(R"(Text = "a\"b\x00c")"), R"("a\"b\x00c")");
  EXPECT_EQ(literalOf("Text"), R"("")");
  EXPECT_EQ(literalOf(R"(Data = "\x00\xff")"), "Uint8Array.of(0, 255)");
  EXPECT_EQ(literalOf("Data"), "Uint8Array.of()");
  EXPECT_EQ(jsString("\xff"), R"("\ufffd")");
}

TEST(JsLiteral, ofListsAndStructsIsAsReadersGiveThem) {
  EXPECT_EQ(literalOf("List(List(Int8)) = [[1, 2], []]"), "[[1, 2], []]");
  const SchemaModel schema(
      "struct Shape { name @0 :Text = \"none\"; union { empty @1 :Void; size @2 :Int8; }\n"
      "               inner @3 :Shape; }\n"
      "struct S { given @0 :Shape = (size = 5); absent @1 :Shape; }");
  const Field &given = schema.field("S", "given"), &absent = schema.field("S", "absent");
  EXPECT_EQ(jsLiteral(given.defaultValue, given.type),
            "{ name: \"none\", inner: null, which: \"size\", size: 5 }");
  EXPECT_EQ(jsLiteral(absent.defaultValue, absent.type),
            "{ name: \"none\", inner: null, which: \"empty\" }");
}

TEST(JsMask, isTheBitsOfADefault) {
  EXPECT_EQ(maskOf("Int8 = -5"), "-5");
  EXPECT_EQ(maskOf("Int64 = -5"), "-5n");
  EXPECT_EQ(maskOf("UInt32 = 7"), "7");
  EXPECT_EQ(maskOf("Float32 = 1.5"), "0x3fc00000");
  EXPECT_EQ(maskOf("Float64 = 1.5"), "0x3ff8000000000000n");
  EXPECT_EQ(maskOf("Color = green"), "1");
  EXPECT_EQ(maskOf("Bool = true"), "true");
}

}  // namespace
}  // namespace troop::proxy::compiler
