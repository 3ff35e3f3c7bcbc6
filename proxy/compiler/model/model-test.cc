#include "proxy/compiler/model/model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "proxy/compiler/testing/schema-model.h"

namespace troop::proxy::compiler {
namespace {

using testing::ElementsAre;

TEST(Model, listsAncestorsNearestFirstAndEachOnce) {
  const SchemaModel schema(
      "interface Base {}\n"
      "interface Left extends(Base) {}\n"
      "interface Right extends(Base) {}\n"
      "interface Both extends(Left, Right) {}");
  const Interface &base = schema.interface("Base"), &left = schema.interface("Left"),
                  &right = schema.interface("Right"), &both = schema.interface("Both");
  EXPECT_THAT(both.ancestors(), ElementsAre(&left, &base, &right));
  EXPECT_TRUE(both.inherits(base));
  EXPECT_FALSE(base.inherits(both));
  EXPECT_FALSE(both.inherits(both));
}

TEST(Model, tellsMembersOfAUnionFromOtherFields) {
  const SchemaModel schema(
      "struct Shape { name @0 :Text; union { none @1 :Void; size @2 :Int8; } }");
  std::vector<std::string> members;
  for (const Field* field : schema.structure("Shape").members()) members.push_back(field->name);
  EXPECT_THAT(members, ElementsAre("none", "size"));
}

TEST(Model, describesTypesAsSchemasWriteThem) {
  const SchemaModel schema(
      "struct S { grid @0 :List(List(Float32)); inner @1 :Outer.Inner; color @2 :Outer.Color;\n"
      "           service @3 :Service; any @4 :Capability; }\n"
      "struct Outer { struct Inner {} enum Color { red @0; } }\n"
      "interface Service {}");
  EXPECT_EQ(describe(schema.field("S", "grid").type), "List(List(Float32))");
  EXPECT_EQ(describe(innermost(schema.field("S", "grid").type)), "Float32");
  EXPECT_EQ(describe(schema.field("S", "inner").type), "Outer.Inner");
  EXPECT_EQ(describe(schema.field("S", "color").type), "Outer.Color");
  EXPECT_EQ(describe(schema.field("S", "service").type), "Service");
  EXPECT_EQ(describe(schema.field("S", "any").type), "Capability");
}

TEST(Model, describesMethodsAsSchemasWriteThem) {
  const SchemaModel schema(
      "struct Point {}\n"
      "interface Service {\n"
      "  render @0 (text :Text, sizes :List(UInt8)) -> (html :Data);\n"
      "  take @1 Point -> Point;\n"
      "  nothing @2 ();\n"
      "}");
  EXPECT_EQ(describe(schema.method("Service", "render")),
            "render (text :Text, sizes :List(UInt8)) -> (html :Data)");
  EXPECT_EQ(describe(schema.method("Service", "take")), "take Point -> Point");
  EXPECT_EQ(describe(schema.method("Service", "nothing")), "nothing () -> ()");
}

}  // namespace
}  // namespace troop::proxy::compiler
