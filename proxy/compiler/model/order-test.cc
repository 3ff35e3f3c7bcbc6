#include "proxy/compiler/model/order.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "proxy/compiler/testing/schema-model.h"

namespace troop::proxy::compiler {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

template <typename T>
std::vector<std::string> pathsOf(const std::vector<const T*>& declarations) {
  std::vector<std::string> paths;
  for (const T* declaration : declarations) paths.push_back(declaration->path);
  return paths;
}

TEST(Order, putsAStructAfterWhatItHolds) {
  const SchemaModel schema(
      "struct Outer { middle @0 :Middle; }\n"
      "struct Middle { inner @0 :Inner; many @1 :List(Listed); }\n"
      "struct Inner {}\n"
      "struct Listed {}");
  EXPECT_THAT(pathsOf(schema.file().structs), ElementsAre("Inner", "Listed", "Middle", "Outer"));
}

TEST(Order, putsAnInterfaceAfterThoseThatItExtends) {
  const SchemaModel schema(
      "interface Last extends(Middle) {}\n"
      "interface Middle extends(First) {}\n"
      "interface First {}");
  EXPECT_THAT(pathsOf(schema.file().interfaces), ElementsAre("First", "Middle", "Last"));
}

TEST(Order, marksFieldsWhoseStructContainsTheirOwn) {
  const SchemaModel schema(
      "struct Tree { left @0 :Tree; leaf @1 :Leaf; twin @2 :Twin; all @3 :List(Tree); }\n"
      "struct Twin { tree @0 :Tree; }\n"
      "struct Leaf {}");
  EXPECT_TRUE(schema.field("Tree", "left").recursive);
  EXPECT_TRUE(schema.field("Tree", "twin").recursive);
  EXPECT_TRUE(schema.field("Twin", "tree").recursive);
  EXPECT_FALSE(schema.field("Tree", "leaf").recursive);
  EXPECT_FALSE(schema.field("Tree", "all").recursive);  // a vector holds it already
}

TEST(Order, marksStructsThatLeadToCapabilities) {
  const SchemaModel schema(
      "struct Holder { service @0 :Service; }\n"
      "struct Outer { holder @0 :Holder; }\n"
      "struct Maybe { union { none @0 :Void; service @1 :Service; } }\n"
      "struct Many { services @0 :List(Service); }\n"
      "interface Service {}");
  EXPECT_TRUE(schema.structure("Holder").pipelined);
  EXPECT_TRUE(schema.structure("Outer").pipelined);
  EXPECT_FALSE(schema.structure("Maybe").pipelined);
  EXPECT_FALSE(schema.structure("Many").pipelined);
}

TEST(Order, findsWhichFilesAreUsed) {
  const SchemaModel schema(
      "using import \"b.capnp\".B;\nusing import \"a.capnp\".A;\n"
      "struct S { b @0 :List(B); a @1 :A; own @2 :Own; }\nstruct Own {}",
      {{"a.capnp", "struct A {}"}, {"b.capnp", "struct B {}"}, {"c.capnp", "struct C {}"}});
  EXPECT_THAT(pathsOf(schema.file().imports), ElementsAre("a.capnp", "b.capnp"));
}

TEST(Order, reportsDefaultsOfFieldsThatContainTheirStruct) {
  EXPECT_EQ(SchemaModel("struct Tree { x @0 :Int8; left @1 :Tree = (x = 1); }").errors(),
            "main.capnp:2: error: Tree.left: a field whose struct contains this one cannot have a "
            "default value\n");
}

TEST(Order, reportsFilesThatUseEachOther) {
  const SchemaModel schema(
      "using import \"other.capnp\".Other;\nstruct Mine { other @0 :List(Other); }",
      {{"other.capnp",
        "using import \"main.capnp\".Mine;\nstruct Other { mine @0 :List(Mine); }"}});
  EXPECT_THAT(schema.errors(), HasSubstr("main.capnp -> other.capnp -> main.capnp"));
}

}  // namespace
}  // namespace troop::proxy::compiler
