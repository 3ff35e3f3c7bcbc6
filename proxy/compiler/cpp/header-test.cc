// What compiles and works is tested with values and calls; here is what a reader of the header
// sees.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "proxy/compiler/cpp/parts.h"
#include "proxy/compiler/testing/schema-model.h"

namespace troop::proxy::compiler {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string headerOf(const SchemaModel& schema, CppSide side = CppSide::host) {
  return cppHeader(CppNames(schema.file(), side), schema.file());
}
std::string headerOf(const std::string& schema, CppSide side = CppSide::host) {
  return headerOf(SchemaModel(schema), side);
}

TEST(CppHeader, includesWhatItStandsOn) {
  const SchemaModel schema("using import \"other.capnp\".Other;\nstruct S { other @0 :Other; }",
                           {{"other.capnp", "struct Other {}"}});
  EXPECT_THAT(headerOf(schema), HasSubstr("#include \"other.troop.h\"\n"));
  EXPECT_THAT(headerOf(schema), HasSubstr("#include \"proxy/proxy.h\"\n"));
  EXPECT_THAT(headerOf(schema, CppSide::guest), HasSubstr("#include \"other.guest.h\"\n"));
  EXPECT_THAT(headerOf(schema, CppSide::guest), Not(HasSubstr("proxy/proxy.h")));
}

TEST(CppHeader, standsInTheNamespaceOfItsSchema) {
  EXPECT_THAT(headerOf("using Cxx = import \"/capnp/c++.capnp\";\n$Cxx.namespace(\"a::b\");\n"
                       "struct S {}"),
              HasSubstr("namespace a::b {\n"));
  EXPECT_THAT(headerOf("struct S {}"), Not(HasSubstr("namespace ")));
}

TEST(CppHeader, tellsWhatTheSchemaTells) {
  const std::string header = headerOf(
      "struct S {\n  # What it is.\n  x @0 :Int8 = 7;\n  # Which one.\n}\n"
      "interface I {\n  render @0 (text :Text, size :UInt8 = 5) -> ();\n  # Makes a page.\n}");
  EXPECT_THAT(header, HasSubstr("// What it is.\nstruct S {"));
  EXPECT_THAT(header, HasSubstr("  // Which one.\n  std::int8_t x = 7;\n"));
  EXPECT_THAT(header, HasSubstr("  // Makes a page.\n"
                                "  // render (text :Text, size :UInt8) -> ()\n"));
  EXPECT_THAT(header, HasSubstr("render(std::string_view text, std::uint8_t size = 5) const;"));
}

TEST(CppHeader, holdsAStructThatContainsItselfInABox) {
  const std::string header = headerOf("struct Tree { left @0 :Tree; all @1 :List(Tree); }");
  EXPECT_THAT(header, HasSubstr("troop::proxy::Boxed<Tree> left"));
  EXPECT_THAT(header, HasSubstr("std::vector<Tree> all"));
}

TEST(CppHeader, hasTargetsThatReturnResultsOnAHostAndPromisesInAGuest) {
  const std::string schema = "interface I { render @0 (text :Text) -> (html :Text); }";
  EXPECT_THAT(headerOf(schema),
              HasSubstr("virtual RenderResults render(RenderParams params) = 0;"));
  EXPECT_THAT(headerOf(schema, CppSide::guest),
              HasSubstr("virtual troop::Promise<RenderResults> render(RenderParams params) = 0;"));
}

}  // namespace
}  // namespace troop::proxy::compiler
