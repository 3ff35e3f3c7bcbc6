#include "proxy/compiler/js/names.h"

#include <gtest/gtest.h>

#include "proxy/compiler/testing/schema-model.h"

namespace troop::proxy::compiler {
namespace {

TEST(JsNames, areEscapedWhereTheModuleUsesThem) {
  const SchemaModel schema(
      "struct NaN { struct Read {} }\n"
      "struct U { union { which @0 :Int8; none @1 :Void; } class @2 :Int8; }\n"
      "const class :Int8 = 1;\n"
      "interface I { then @0 () -> (catch :I); render @1 (); struct Prototype {} }");
  EXPECT_EQ(JsNames::exported(schema.structure("NaN")), "NaN_");
  EXPECT_EQ(JsNames::exported(schema.structure("NaN.Read")), "NaN_Read");
  EXPECT_EQ(JsNames::exported(schema.constant("class")), "class_");
  EXPECT_EQ(JsNames::field(schema.field("U", "which"), schema.structure("U")), "which_");
  EXPECT_EQ(JsNames::field(schema.field("U", "class"), schema.structure("U")), "class");
  EXPECT_EQ(JsNames::method(schema.method("I", "then")), "then_");
  EXPECT_EQ(JsNames::method(schema.method("I", "render")), "render");
  const Struct& results = *schema.method("I", "then").results;
  EXPECT_EQ(JsNames::pipelined(results.fields[0], results), "catch_");
}

std::string importsOf(const JsNames& names) {
  Writer writer;
  names.writeImports(writer);
  return writer.text();
}

TEST(JsNames, ofOtherFilesAreImportedOnce) {
  const SchemaModel schema(
      "using import \"other.capnp\".Other;\nusing import \"other.capnp\".Another;\n"
      "struct S { a @0 :Other; b @1 :Other; c @2 :Another; }",
      {{"other.capnp", "struct Other {}\nstruct Another {}"}});
  JsNames names(schema.file());
  EXPECT_EQ(names.use(schema.structure("S")), "S");
  EXPECT_EQ(names.use(schema.structure("Other")), "Other");
  EXPECT_EQ(names.use(schema.structure("Other")), "Other");
  EXPECT_EQ(names.use(schema.structure("Another")), "Another");
  names.useOfTroop("Target");
  names.useOfTroop("Capability");
  EXPECT_EQ(importsOf(names),
            "import { Capability, Target } from \"troop\";\n"
            "import { Another, Other } from \"./other.troop.js\";\n");
}

TEST(JsNames, ofOtherFilesAreNotThoseOfThisOne) {
  const SchemaModel schema(
      "using Far = import \"far.capnp\";\nusing Near = import \"near.capnp\";\n"
      "struct Point {}\nstruct Line { far @0 :Far.Point; near @1 :Near.Point; }",
      {{"far.capnp", "struct Point { x @0 :Int8; }"}, {"near.capnp", "struct Point {}"}});
  JsNames names(schema.file());
  const Struct& far = *schema.field("Line", "far").type.structure;
  const Struct& near = *schema.field("Line", "near").type.structure;
  EXPECT_EQ(names.use(far), "Point_2");
  EXPECT_EQ(names.use(near), "Point_3");
  EXPECT_EQ(importsOf(names),
            "import { Point as Point_2 } from \"./far.troop.js\";\n"
            "import { Point as Point_3 } from \"./near.troop.js\";\n");
}

}  // namespace
}  // namespace troop::proxy::compiler
