#include "proxy/compiler/testing/schema-model.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace troop::proxy::compiler {
namespace {

TEST(SchemaModel, isWhatASchemaDeclares) {
  const SchemaModel schema(
      "struct Point { x @0 :Int32; enum Kind { a @0; } }\n"
      "interface Drawer { draw @0 (at :Point) -> (); }\n"
      "const limit :UInt8 = 5;");
  EXPECT_EQ(schema.errors(), "");
  EXPECT_EQ(schema.file().path, "main.capnp");
  EXPECT_EQ(schema.field("Point", "x").type.kind, Type::Kind::int32);
  EXPECT_EQ(schema.enumeration("Point.Kind").parent, &schema.structure("Point"));
  EXPECT_EQ(schema.method("Drawer", "draw").params->fields.size(), 1u);
  EXPECT_EQ(schema.constant("limit").file, &schema.file());
}

TEST(SchemaModel, readsFilesBesideIt) {
  const SchemaModel schema("using import \"other.capnp\".Point;\nstruct Line { from @0 :Point; }",
                           {{"other.capnp", "struct Point { x @0 :Int32; }"}});
  EXPECT_EQ(schema.structure("Point").file->path, "other.capnp");
}

TEST(SchemaModel, keepsWhatIsWrongWithItsLine) {
  EXPECT_EQ(SchemaModel("\nstruct Box(T) { x @0 :T; }\nconst c :Box(Text) = (x = \"\");")
                .errors()
                .substr(0, 20),
            "main.capnp:4: error:");
}

TEST(SchemaModel, declaresNothingElse) {
  const SchemaModel schema("struct Point { x @0 :Int32; }");
  EXPECT_THROW(schema.structure("Absent"), std::out_of_range);
  EXPECT_THROW(schema.interface("Point"), std::out_of_range);
  EXPECT_THROW(schema.field("Point", "y"), std::out_of_range);
}

}  // namespace
}  // namespace troop::proxy::compiler
