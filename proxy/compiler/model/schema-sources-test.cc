#include "proxy/compiler/model/schema-sources.h"

#include <gtest/gtest.h>

#include <fstream>

namespace troop::proxy::compiler {
namespace {

constexpr std::string_view schema = R"(@0xd0a1b2c3d4e5f699;
# struct Comment { field @0 :Text; }
using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("struct::Decoy { }");

struct Outer {
  first @0 :Text = "} struct Text {"; second @1 :Int8;
  union {
    none @2 :Void;
    group :group {
      deep @3 :List(Int8) = [1, 2,
          3];
    }
  }
  struct @4 :Int8;   # a field of that name
  struct Inner $note("a {") { x @0 :Int8; }
  const limit :Int8 = 3;
}

interface Service extends(Base(Text), Other) {
  plain @0 (one :Int8,
            two :List(Text) = ["a(", ")b"], three :Outer = (first = "x", second = 1))
      -> (result :Text,
          other :Int8);
  generic @1 [A, B] (a :A) -> stream;
  structs @2 Outer -> Outer.Inner;
  enum Nested { a @0; b @1; }
}
)";

TEST(SchemaSources, findDeclarations) {
  const Lines lines = declarationLines(schema);
  const Lines expected = {{"Cxx", 3},
                          {"Outer", 6},
                          {"Outer.first", 7},
                          {"Outer.second", 7},
                          {"Outer.none", 9},
                          {"Outer.group", 10},
                          {"Outer.group.deep", 11},
                          {"Outer.struct", 15},
                          {"Outer.Inner", 16},
                          {"Outer.Inner.x", 16},
                          {"Outer.limit", 17},
                          {"Service", 20},
                          {"Service.plain", 21},
                          {"Service.plain$Params.one", 21},
                          {"Service.plain$Params.two", 22},
                          {"Service.plain$Params.three", 22},
                          {"Service.plain$Results.result", 23},
                          {"Service.plain$Results.other", 24},
                          {"Service.generic", 25},
                          {"Service.generic$Params.a", 25},
                          {"Service.structs", 26},
                          {"Service.Nested", 27},
                          {"Service.Nested.a", 27},
                          {"Service.Nested.b", 27}};
  EXPECT_EQ(lines, expected);
}

TEST(SchemaSources, takeAnythingForASource) {
  for (std::string_view text :
       {"", "}", "{{{{", "struct", "struct A", "struct A {", "a (", "\"", "#", "a @0 ((((", "\"\\",
        "interface A { b @0 (", "a -> (", "union {"}) {
    EXPECT_LE(declarationLines(text).size(), 3u) << text;
  }
  std::string deep;
  for (int i = 0; i < 100; ++i) deep += "struct A {";
  EXPECT_EQ(declarationLines(deep).size(), 100u);
}

TEST(SchemaSources, areFoundInTheFoldersOfTheCommand) {
  const auto folders =
      schemaFolders({"capnp", "compile", "-Ifirst", "-I", "second", "--src-prefix=third",
                     "--import-path=/fourth", "-ocpp:out", "fifth/x.capnp"},
                    "/somewhere");
  const std::vector<std::filesystem::path> expected = {
      "/somewhere/first", "/somewhere/second", "/somewhere/third", "/fourth", "/somewhere/.", "/",
      "/usr/include",     "/usr/local/include"};
  EXPECT_EQ(folders, expected);
}

TEST(SchemaSources, giveTheNearestDeclarationTheyKnow) {
  const std::filesystem::path folder = testing::TempDir();
  std::ofstream(folder / "near.capnp") << schema;
  SchemaSources sources({folder / "elsewhere", folder});
  EXPECT_EQ(sources.line("near.capnp", "Outer.group.deep"), 11u);
  EXPECT_EQ(sources.line("near.capnp", "Service.plain$Params.unknown"), 21u);
  EXPECT_EQ(sources.line("near.capnp", "Outer.Unknown.x"), 6u);
  EXPECT_EQ(sources.line("near.capnp", ""), 1u);
  EXPECT_EQ(sources.line("near.capnp", "Unknown"), 0u);
  EXPECT_EQ(sources.line("unknown.capnp", "Outer"), 0u);
}

}  // namespace
}  // namespace troop::proxy::compiler
