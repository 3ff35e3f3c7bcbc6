#include "proxy/compiler/model/read-model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "proxy/compiler/testing/schema-model.h"

namespace troop::proxy::compiler {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> namesOf(const Struct& structure) {
  std::vector<std::string> names;
  for (const Field& field : structure.fields) names.push_back(field.name);
  return names;
}

TEST(ReadModel, findsFieldsWithTheirPlaces) {
  const SchemaModel schema(
      "struct S { big @0 :Int64; text @1 :Text; small @2 :UInt8; flag @3 :Bool; list @4 :Data; }");
  EXPECT_EQ(schema.structure("S").dataWords, 2u);
  EXPECT_EQ(schema.structure("S").pointers, 2u);
  EXPECT_EQ(schema.field("S", "big").offset, 0u);
  EXPECT_EQ(schema.field("S", "small").offset, 8u);
  EXPECT_EQ(schema.field("S", "flag").offset, 72u);
  EXPECT_EQ(schema.field("S", "list").offset, 1u);
}

TEST(ReadModel, hasFieldsAsDeclaredAndMembersOfTheUnionLast) {
  const SchemaModel schema(
      "struct S { union { b @1 :Int8; a @0 :Int8; } last @3 :Text; first @2 :Text; }");
  EXPECT_THAT(namesOf(schema.structure("S")), ElementsAre("last", "first", "a", "b"));
  EXPECT_EQ(schema.field("S", "a").member, 0u);
  EXPECT_EQ(schema.field("S", "b").member, 1u);
  EXPECT_TRUE(schema.structure("S").unionTag);
  EXPECT_FALSE(schema.field("S", "last").member);
}

TEST(ReadModel, makesAStructOfEachGroup) {
  const SchemaModel schema("struct S { place :group { city @0 :Text; code @1 :Int32; } }");
  const Field& place = schema.field("S", "place");
  ASSERT_NE(place.group, nullptr);
  EXPECT_EQ(place.group->role, Struct::Role::group);
  EXPECT_EQ(place.group->parent, &schema.structure("S"));
  EXPECT_THAT(namesOf(*place.group), ElementsAre("city", "code"));
}

TEST(ReadModel, tellsDefaultsThatAreDeclaredFromThoseThatMatter) {
  const SchemaModel schema(
      "struct S { plain @0 :Int32; zero @1 :Int32 = 0; seven @2 :Int32 = 7;\n"
      "           text @3 :Text = \"t\"; list @4 :List(Int8) = [1, -2]; }");
  EXPECT_FALSE(schema.field("S", "plain").declaresDefault);
  EXPECT_TRUE(schema.field("S", "zero").declaresDefault);
  EXPECT_FALSE(schema.field("S", "zero").hasDefault);
  EXPECT_TRUE(schema.field("S", "seven").hasDefault);
  EXPECT_EQ(std::get<std::int64_t>(schema.field("S", "seven").defaultValue.content), 7);
  EXPECT_EQ(std::get<std::string>(schema.field("S", "text").defaultValue.content), "t");
  const auto& list = std::get<Value::List>(schema.field("S", "list").defaultValue.content);
  ASSERT_EQ(list.size(), 2u);
  EXPECT_EQ(std::get<std::int64_t>(list[1].content), -2);
}

TEST(ReadModel, makesStructsOfParametersAndResults) {
  const SchemaModel schema("interface I { n @0 (); m @1 (a :Text) -> (b :Int8); }");
  const Method& method = schema.method("I", "m");
  EXPECT_EQ(method.number, 1);
  EXPECT_EQ(method.interface, &schema.interface("I"));
  EXPECT_EQ(method.params->role, Struct::Role::parameters);
  EXPECT_EQ(method.results->role, Struct::Role::results);
  EXPECT_THAT(namesOf(*method.params), ElementsAre("a"));
  EXPECT_THAT(namesOf(*method.results), ElementsAre("b"));
}

TEST(ReadModel, keepsDocumentationAndAnnotations) {
  const SchemaModel schema(
      "annotation note @0x9123456789abcdef (field, struct) :Text;\n"
      "struct S $note(\"of the struct\") {\n"
      "  # What it is.\n"
      "  # In two lines.\n"
      "  x @0 :Int8 $note(\"of the field\");\n"
      "}");
  EXPECT_EQ(schema.structure("S").documentation, "What it is.\nIn two lines.\n");
  EXPECT_EQ(schema.structure("S").annotations.at(0x9123456789abcdef), "of the struct");
  EXPECT_EQ(schema.field("S", "x").annotations.at(0x9123456789abcdef), "of the field");
}

TEST(ReadModel, saysWhatItCannotExpress) {
  EXPECT_THAT(
      SchemaModel("struct Box(T) { it @0 :T; }\nconst one :Box(Text) = (it = \"x\");").errors(),
      HasSubstr("one: a default or constant cannot have a value for it"));
}

TEST(ReadModel, takesWhatATypeParameterIsBoundToForAnyPointer) {
  const SchemaModel schema(
      "struct Box(T) { it @0 :T; any @1 :AnyStruct; }\n"
      "struct S { box @0 :Box(Text); list @1 :List(Box(Data)); cap @2 :Capability; }\n"
      "interface Source(T) { next @0 [U] (box :Box(U)) -> (it :T, box :Box(T)); }\n"
      "interface Texts extends(Source(Text)) {}");
  EXPECT_EQ(schema.errors(), "");
  EXPECT_EQ(schema.field("Box", "it").type.kind, Type::Kind::anyPointer);
  EXPECT_EQ(schema.field("Box", "any").type.kind, Type::Kind::anyPointer);
  EXPECT_EQ(schema.field("S", "box").type.structure, &schema.structure("Box"));
  EXPECT_EQ(schema.field("S", "list").type.element->structure, &schema.structure("Box"));
  EXPECT_EQ(schema.field("S", "cap").type.kind, Type::Kind::capability);
  EXPECT_EQ(describe(schema.method("Source", "next")),
            "next (box :Box) -> (it :AnyPointer, box :Box)");
  EXPECT_TRUE(schema.interface("Texts").inherits(schema.interface("Source")));
}

}  // namespace
}  // namespace troop::proxy::compiler
