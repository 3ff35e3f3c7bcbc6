// What compiles and works is tested with values and calls; here is what only the text shows.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "proxy/compiler/cpp/parts.h"
#include "proxy/compiler/testing/schema-model.h"

namespace troop::proxy::compiler {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string sourceOf(const std::string& text, CppSide side = CppSide::host) {
  const SchemaModel schema(text);
  return cppSource(CppNames(schema.file(), side), schema.file());
}

TEST(CppSource, includesItsHeader) {
  EXPECT_THAT(sourceOf("struct S {}"), HasSubstr("#include \"main.troop.h\"\n"));
  EXPECT_THAT(sourceOf("struct S {}", CppSide::guest), HasSubstr("#include \"main.guest.h\"\n"));
}

TEST(CppSource, readsAndWritesFieldsInTheirPlaces) {
  const std::string source =
      sourceOf("struct S { big @0 :Int64; small @1 :Int8 = 7; words @2 :List(List(Text)); }");
  EXPECT_THAT(source, HasSubstr("big = reader.number<std::int64_t>(0);"));
  EXPECT_THAT(source, HasSubstr("small = reader.number<std::int8_t>(8, 7);"));
  EXPECT_THAT(source, HasSubstr("troop::proxy::readLists(reader.list(0), "));
  EXPECT_THAT(source, HasSubstr("builder.setNumber<std::int8_t>(8, small, 7);"));
}

TEST(CppSource, readsTheMemberInUseOnly) {
  const std::string source = sourceOf("struct U { union { a @0 :Int8; b @1 :Text; } }");
  EXPECT_THAT(source, HasSubstr("    case Which::a:\n      a = reader"));
  EXPECT_THAT(source, HasSubstr("    case Which::b:\n      b = reader"));
}

TEST(CppSource, callsTheLibraryOfItsSide) {
  const std::string schema = "interface I { render @0 (text :Text) -> (html :Text); }";
  EXPECT_THAT(sourceOf(schema), HasSubstr("troop::proxy::"));
  EXPECT_THAT(sourceOf(schema, CppSide::guest), Not(HasSubstr("troop::proxy::")));
}

TEST(CppSource, dispatchesMethodsOfAllInterfacesOfATarget) {
  const std::string source = sourceOf(
      "interface Base { old @0 (); }\n"
      "interface I extends(Base) { own @0 (); }");
  EXPECT_THAT(source, HasSubstr("    case Base::interfaceId:\n"
                                "      return Base_Target::dispatch(method, params);\n"
                                "    case I::interfaceId:\n"));
}

}  // namespace
}  // namespace troop::proxy::compiler
