#include "proxy/compiler/cpp/emit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "proxy/compiler/cpp/parts.h"
#include "proxy/compiler/testing/schema-model.h"

namespace troop::proxy::compiler {
namespace {

using testing::ElementsAre;

const char* const pipelines =
    "struct Holder { service @0 :Service; plain @1 :Int8; union { a @2 :Service; b @3 :Void; } }\n"
    "interface Service {\n"
    "  look @0 () -> (holder :Holder, more :List(Service));\n"
    "  count @1 (holder :Holder) -> (count :Int8);\n"
    "}";

TEST(Emit, writesAHeaderAndASourceForEachSide) {
  const SchemaModel schema("struct S {}");
  const std::vector<OutputFile> host = emitCpp(schema.file());
  ASSERT_EQ(host.size(), 2u);
  EXPECT_EQ(host[0].path, "main.troop.h");
  EXPECT_EQ(host[1].path, "main.troop.cc");
  const std::vector<OutputFile> guest = emitGuestCpp(schema.file());
  ASSERT_EQ(guest.size(), 2u);
  EXPECT_EQ(guest[0].path, "main.guest.h");
  EXPECT_EQ(guest[1].path, "main.guest.cc");
}

TEST(Emit, givesAProxyWhatItsBaseClassHasNot) {
  const SchemaModel schema(
      "interface First { one @0 (); }\n"
      "interface Second extends(Root) { two @0 (); }\n"
      "interface Root { root @0 (); }\n"
      "interface Diamond extends(Second, First, Root) { own @0 (); }");
  std::vector<std::string> methods;
  for (const Method* method : cppMethods(schema.interface("Diamond"))) {
    methods.push_back(method->name);
  }
  EXPECT_THAT(methods, ElementsAre("own", "one"));  // `two` and `root` come with Second
}

TEST(Emit, promisesAClassOfItsOwnWhereResultsLeadToCapabilities) {
  const SchemaModel schema(pipelines);
  const CppNames names(schema.file(), CppSide::host);
  EXPECT_EQ(cppPromise(names, schema.method("Service", "look")), "Service_LookPromise");
  EXPECT_EQ(cppPromise(names, schema.method("Service", "count")),
            "troop::proxy::Promise<Service_CountResults>");
}

TEST(Emit, pipelinesOnDeclaredStructsOnly) {
  const SchemaModel schema(pipelines);
  EXPECT_TRUE(cppHasPipeline(schema.structure("Holder")));
  EXPECT_FALSE(cppHasPipeline(*schema.method("Service", "look").results));
  EXPECT_FALSE(cppHasPipeline(*schema.method("Service", "count").params));
}

TEST(Emit, pipelinesOnFieldsThatAreThereInAnyCase) {
  const SchemaModel schema(pipelines);
  const CppNames names(schema.file(), CppSide::host);
  const Struct& results = *schema.method("Service", "look").results;
  EXPECT_EQ(cppPipelined(names, results.fields[0]), "Holder_Pipeline");
  EXPECT_EQ(cppPipelined(names, results.fields[1]), "");  // a list
  EXPECT_EQ(cppPipelined(names, schema.field("Holder", "service")), "Service");
  EXPECT_EQ(cppPipelined(names, schema.field("Holder", "plain")), "");
  EXPECT_EQ(cppPipelined(names, schema.field("Holder", "a")), "");  // of a union
}

}  // namespace
}  // namespace troop::proxy::compiler
