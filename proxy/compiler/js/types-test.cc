// That the types fit the module is tested with the TypeScript compiler; here is what each thing of
// a schema becomes.
#include "proxy/compiler/js/types.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "proxy/compiler/testing/schema-model.h"

namespace troop::proxy::compiler {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string typesOf(const std::string& schema) {
  return jsTypes(SchemaModel(schema).file()).text;
}

TEST(JsTypes, standBesideTheModule) {
  EXPECT_EQ(jsTypes(SchemaModel("struct S {}").file()).path, "main.troop.d.ts");
}

TEST(JsTypes, ofFieldsAreWhatReadingGivesAndWhatMayBeGiven) {
  const std::string types = typesOf(
      "struct S { text @0 :Text; big @1 :Int64; grid @2 :List(List(Float32)); data @3 :Data;\n"
      "           flag @4 :Bool; nothing @5 :Void; }");
  EXPECT_THAT(types, HasSubstr("  text: string;\n"
                               "  big: bigint;\n"
                               "  grid: number[][];\n"
                               "  data: Uint8Array;\n"
                               "  flag: boolean;\n"));
  EXPECT_THAT(types, HasSubstr("    text?: string | null;\n"));
  EXPECT_THAT(types, HasSubstr("    big?: bigint | number;\n"));
}

TEST(JsTypes, ofAUnionHaveOneMemberEach) {
  const std::string types = typesOf("struct U { union { none @0 :Void; size @1 :Int8; } }");
  EXPECT_THAT(types, HasSubstr("  | { which: \"none\" }\n"));
  EXPECT_THAT(types, HasSubstr("      which: \"size\";\n      size: number;\n"));
}

TEST(JsTypes, ofWhatContainsItselfMayBeAbsent) {
  EXPECT_THAT(typesOf("struct Tree { left @0 :Tree; }"), HasSubstr("  left: Tree | null;\n"));
}

TEST(JsTypes, ofMethodsSayWhatTheSchemaSays) {
  const std::string types = typesOf(
      "interface I {\n  render @0 (text :Text) -> (page :I);\n  # Makes a page.\n  end @1 ();\n}");
  EXPECT_THAT(types, HasSubstr("   * Makes a page.\n"));
  EXPECT_THAT(types, HasSubstr("  render(params?: I_RenderParams.Init): I.RenderPromise;\n"));
  EXPECT_THAT(types, HasSubstr("  readonly page: I;\n"));
  EXPECT_THAT(types,
              HasSubstr("  end(params?: I_EndParams.Init): troop.CallPromise<I_EndResults>;"));
}

TEST(JsTypes, ofOtherFilesAreImported) {
  const SchemaModel schema("using import \"other.capnp\".Other;\nstruct S { other @0 :Other; }",
                           {{"other.capnp", "struct Other {}"}});
  EXPECT_THAT(jsTypes(schema.file()).text, HasSubstr("from \"./other.troop.js\";"));
  EXPECT_THAT(typesOf("struct S {}"), Not(HasSubstr("from \"./")));
}

}  // namespace
}  // namespace troop::proxy::compiler
