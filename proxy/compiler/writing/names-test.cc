#include "proxy/compiler/writing/names.h"

#include <gtest/gtest.h>

#include "proxy/compiler/testing/schema-model.h"

namespace troop::proxy::compiler {
namespace {

TEST(Names, areEscapedWhereTheyAreReserved) {
  constexpr std::string_view reserved[] = {"class", "delete"};
  EXPECT_EQ(escaped("class", reserved), "class_");
  EXPECT_EQ(escaped("delete", reserved), "delete_");
  EXPECT_EQ(escaped("Class", reserved), "Class");
  EXPECT_EQ(escaped("classes", reserved), "classes");
}

TEST(Names, areCapitalizedInTheirFirstLetterOnly) {
  EXPECT_EQ(capitalized("render"), "Render");
  EXPECT_EQ(capitalized("renderAll"), "RenderAll");
  EXPECT_EQ(capitalized("Render"), "Render");
}

TEST(Names, inAFlatScopeTellWhereTheyAreFrom) {
  const SchemaModel schema(
      "struct Outer { struct Inner { enum Kind { a @0; } } }\n"
      "interface Service { renderAll @0 (x :Int8) -> (y :Int8); }");
  EXPECT_EQ(flatName(schema.structure("Outer")), "Outer");
  EXPECT_EQ(flatName(schema.enumeration("Outer.Inner.Kind")), "Outer_Inner_Kind");
  EXPECT_EQ(scopedName(schema.enumeration("Outer.Inner.Kind")), "Kind");
  const Method& method = schema.method("Service", "renderAll");
  EXPECT_EQ(flatName(*method.params), "Service_RenderAllParams");
  EXPECT_EQ(flatName(*method.results), "Service_RenderAllResults");
}

TEST(Names, ofWhatIsGeneratedGoBeforeThoseThatAreDeclared) {
  const SchemaModel schema(
      "interface Service {\n"
      "  render @0 (x :Int8) -> (y :Int8);\n"
      "  struct RenderParams {}\n"
      "  struct RenderPromise {}\n"
      "  struct RenderOthers {}\n"
      "  struct Target {}\n"
      "}\n"
      "struct S { struct Which {} struct Target {} }");
  EXPECT_EQ(scopedName(*schema.method("Service", "render").params), "RenderParams");
  EXPECT_EQ(scopedName(schema.structure("Service.RenderParams")), "RenderParams_");
  EXPECT_EQ(scopedName(schema.structure("Service.RenderPromise")), "RenderPromise_");
  EXPECT_EQ(scopedName(schema.structure("Service.RenderOthers")), "RenderOthers");
  EXPECT_EQ(scopedName(schema.structure("Service.Target")), "Target_");
  EXPECT_EQ(scopedName(schema.structure("S.Which")), "Which_");
  EXPECT_EQ(scopedName(schema.structure("S.Target")), "Target");
}

}  // namespace
}  // namespace troop::proxy::compiler
