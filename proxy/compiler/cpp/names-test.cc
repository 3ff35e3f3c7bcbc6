#include "proxy/compiler/cpp/names.h"

#include <gtest/gtest.h>

#include <string>

#include "proxy/compiler/testing/schema-model.h"

namespace troop::proxy::compiler {
namespace {

const std::string acme = "using Cxx = import \"/capnp/c++.capnp\";\n$Cxx.namespace(\"acme\");\n";

CppNames host(const SchemaModel& schema) {
  return {schema.file(), CppSide::host};
}
CppNames guest(const SchemaModel& schema) {
  return {schema.file(), CppSide::guest};
}

// How the default of the one field, or its type, is written.
std::string literalOf(const std::string& field) {
  const SchemaModel schema("struct S { it @0 :" + field + "; }");
  const Field& it = schema.field("S", "it");
  return host(schema).literal(it.defaultValue, it.type);
}

TEST(CppNames, ofFilesTellTheSide) {
  const SchemaModel schema(acme);
  EXPECT_EQ(host(schema).header(schema.file()), "main.troop.h");
  EXPECT_EQ(guest(schema).source(schema.file()), "main.guest.cc");
  EXPECT_EQ(CppNames::namespaceOf(schema.file()), "acme");
}

TEST(CppNames, ofTheLibraryAreFoundFromAnyNamespace) {
  EXPECT_EQ(host(SchemaModel(acme)).library("Proxy"), "troop::proxy::Proxy");
  EXPECT_EQ(guest(SchemaModel(acme)).library("Proxy"), "troop::Proxy");
  const SchemaModel hiding(
      "using Cxx = import \"/capnp/c++.capnp\";\n$Cxx.namespace(\"acme::troop\");");
  EXPECT_EQ(host(hiding).library("Proxy"), "::troop::proxy::Proxy");
}

TEST(CppNames, thatAreKeywordsOrMembersAreEscaped) {
  const SchemaModel schema(
      "struct S { class @0 :Int8; read @1 :Int8; errno @2 :Int8; plain @3 :Int8; which @4 :Int8; "
      "}\n"
      "struct U { union { which @0 :Int8; none @1 :Void; } }\n"
      "enum E { new @0; old @1; }\n"
      "interface I { send @0 (this :Int8); await @1 () -> (get :I); }\n"
      "struct FILE {}");
  const Struct& s = schema.structure("S");
  EXPECT_EQ(CppNames::field(schema.field("S", "class"), s), "class_");
  EXPECT_EQ(CppNames::field(schema.field("S", "read"), s), "read_");
  EXPECT_EQ(CppNames::field(schema.field("S", "errno"), s), "errno_");
  EXPECT_EQ(CppNames::field(schema.field("S", "plain"), s), "plain");
  EXPECT_EQ(CppNames::field(schema.field("S", "which"), s), "which");
  EXPECT_EQ(CppNames::field(schema.field("U", "which"), schema.structure("U")), "which_");
  EXPECT_EQ(CppNames::enumerant(schema.enumeration("E").enumerants[0]), "new_");
  EXPECT_EQ(CppNames::method(schema.method("I", "send")), "send_");
  EXPECT_EQ(CppNames::parameter(schema.method("I", "send").params->fields[0]), "this_");
  const Struct& results = *schema.method("I", "await").results;
  EXPECT_EQ(CppNames::pipelined(results.fields[0], results), "get_");
  EXPECT_EQ(CppNames::flat(schema.structure("FILE")), "FILE_");
}

TEST(CppNames, canBeChosenBySchemas) {
  const SchemaModel schema(acme + "struct Old $Cxx.name(\"New\") { a @0 :Int8 $Cxx.name(\"b\"); }");
  EXPECT_EQ(CppNames::flat(schema.structure("Old")), "New");
  EXPECT_EQ(CppNames::field(schema.field("Old", "a"), schema.structure("Old")), "b");
}

TEST(CppNames, thatMeanSomethingElseInAClassAreQualified) {
  const SchemaModel schema(acme +
                           "struct Inner {}\nstruct Free {}\n"
                           "struct Outer { struct Inner {} free @0 :Free; }");
  EXPECT_EQ(host(schema).use(schema.structure("Free")), "Free");
  EXPECT_EQ(host(schema).use(schema.structure("Inner")), "::acme::Inner");
  EXPECT_EQ(host(schema).use(schema.structure("Outer.Inner")), "Outer_Inner");
  EXPECT_EQ(host(schema).use(schema.structure("Free"), "Pipeline"), "Free_Pipeline");
  EXPECT_EQ(CppNames::alias("Inner", schema.structure("Inner")), "Inner_");
  EXPECT_EQ(CppNames::alias("Inner", schema.structure("Outer")), "Inner");
}

TEST(CppNames, ofOtherNamespacesAreQualified) {
  const SchemaModel schema(
      acme + "using import \"other.capnp\".Other;\nstruct S { other @0 :Other; }",
      {{"other.capnp", "struct Other {}"}});
  EXPECT_EQ(host(schema).use(schema.structure("Other")), "::Other");
}

TEST(CppNames, ofLocalVariablesAreNoFieldsNames) {
  const SchemaModel schema("struct S { params @0 :Int8; }\nstruct T { class @0 :Int8; }");
  EXPECT_EQ(CppNames::local("params", schema.structure("S")), "params_");
  EXPECT_EQ(CppNames::local("params", schema.structure("T")), "params");
  EXPECT_EQ(CppNames::local("class_", schema.structure("T")), "class__");
}

TEST(CppNames, ofTypesAreThoseOfTheLanguage) {
  const SchemaModel schema(
      "struct S { grid @0 :List(List(UInt16)); text @1 :Text; data @2 :Data; any @3 :Capability;\n"
      "           nothing @4 :Void; number @5 :Float32; self @6 :List(S); }");
  const auto type = [&](std::string_view name) {
    return host(schema).type(schema.field("S", name).type);
  };
  const auto parameter = [&](std::string_view name) {
    return host(schema).parameterType(schema.field("S", name).type);
  };
  EXPECT_EQ(type("grid"), "std::vector<std::vector<std::uint16_t>>");
  EXPECT_EQ(type("data"), "std::vector<std::byte>");
  EXPECT_EQ(type("any"), "troop::proxy::Capability");
  EXPECT_EQ(type("nothing"), "troop::proxy::Void");
  EXPECT_EQ(parameter("text"), "std::string_view");
  EXPECT_EQ(parameter("data"), "std::span<const std::byte>");
  EXPECT_EQ(parameter("self"), "const std::vector<S>&");
  EXPECT_EQ(parameter("number"), "float");
}

TEST(CppNames, ofNumbersAreLiteralsThatCompile) {
  EXPECT_EQ(literalOf("Int8 = -128"), "-128");
  EXPECT_EQ(literalOf("Int64 = -9223372036854775808"), "std::numeric_limits<std::int64_t>::min()");
  EXPECT_EQ(literalOf("UInt64 = 18446744073709551615"), "18446744073709551615u");
  EXPECT_EQ(literalOf("Float32 = 0.1"), "0.1f");
  EXPECT_EQ(literalOf("Float64 = -inf"), "-std::numeric_limits<double>::infinity()");
  EXPECT_EQ(literalOf("Float32 = nan"), "std::bit_cast<float>(std::uint32_t{0x7fc00000})");
  EXPECT_EQ(literalOf("Bool = true"), "true");
}

TEST(CppNames, ofTextsAreLiteralsThatCompile) {
  EXPECT_EQ(literalOf(R"(Text = "a\"b\n")"), R"("a\"b\n")");
  EXPECT_EQ(literalOf(R"(Text = "a\x00b")"), R"(std::string("a\000b", 3))");
  EXPECT_EQ(literalOf(R"(Text = "what??/")"), R"("what?\?/")");
  EXPECT_EQ(CppNames::textView(std::string("\0", 1)), R"(std::string_view("\000", 1))");
  EXPECT_EQ(literalOf(R"(Data = "\x00\xff")"),
            "std::vector<std::byte>{std::byte{0x00}, std::byte{0xff}}");
}

TEST(CppNames, ofListsAndStructsAreLiteralsThatCompile) {
  EXPECT_EQ(literalOf("List(List(Int8)) = [[1], []]"),
            "std::vector<std::vector<std::int8_t>>{std::vector<std::int8_t>{1}, "
            "std::vector<std::int8_t>{}}");
  EXPECT_EQ(literalOf("List(Void) = [void, void]"), "std::vector<troop::proxy::Void>(2)");
  const SchemaModel schema(
      "struct Shape { name @0 :Text; union { none @1 :Void; size @2 :Int8; } }\n"
      "struct S { it @0 :Shape = (name = \"s\", size = 5); }");
  const Field& it = schema.field("S", "it");
  EXPECT_EQ(host(schema).literal(it.defaultValue, it.type),
            "Shape{.name = \"s\", .which = Shape::Which::size, .size = 5}");
  EXPECT_EQ(host(schema).initializer(it.defaultValue, it.type),
            "{.name = \"s\", .which = Shape::Which::size, .size = 5}");
}

}  // namespace
}  // namespace troop::proxy::compiler
