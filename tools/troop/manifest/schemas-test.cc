#include "tools/troop/manifest/schemas.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <string>

namespace troop::manifest {
namespace {

class SchemasTest : public ::testing::Test {
 protected:
  SchemasTest() {
    std::string pattern = ::testing::TempDir() + "schemas-XXXXXX";
    folder_ = mkdtemp(pattern.data());
    write("base.capnp",
          "@0xd0c5000000000011;\n"
          "interface Base @0xc0de000000000011 { call @0 () -> (); }\n");
    write("derived.capnp",
          "@0xd0c5000000000012;\n"
          "using Cxx = import \"/capnp/c++.capnp\";\n"
          "$Cxx.namespace(\"test\");\n"
          "using B = import \"base.capnp\";\n"
          "interface Middle @0xc0de000000000012 extends(B.Base) {}\n"
          "interface Other @0xc0de000000000013 extends(B.Base) {}\n"
          "interface Leaf @0xc0de000000000014 extends(Middle, Other) {}\n"
          "struct Box { struct Inner { interface Deep @0xc0de000000000015 {} } }\n"
          "const text :Text = \"hi\";\n");
  }
  ~SchemasTest() override { std::filesystem::remove_all(folder_); }

  void write(const std::string& name, std::string_view text) {
    std::ofstream(folder_ / name, std::ios::binary) << text;
  }
  std::string refusal(const std::string& file, std::string_view name) {
    const Expected<Interface> found = schemas_.find(folder_ / file, name);
    return found.failed() ? found.error().reason() : "";
  }

  std::filesystem::path folder_;
  Schemas schemas_;
};

TEST_F(SchemasTest, anInterfaceHasTheIdsOfAllThatItExtendsOnce) {
  const Interface leaf = schemas_.find(folder_ / "derived.capnp", "Leaf").value();
  EXPECT_EQ(leaf.name, "Leaf");
  EXPECT_EQ(leaf.ids, (std::vector<std::uint64_t>{0xc0de000000000014, 0xc0de000000000012,
                                                  0xc0de000000000011, 0xc0de000000000013}));
  EXPECT_TRUE(leaf.extends(0xc0de000000000011));
  EXPECT_FALSE(leaf.extends(0xc0de000000000015));
}

TEST_F(SchemasTest, interfacesAreFoundInsideOfOthers) {
  EXPECT_EQ(schemas_.find(folder_ / "derived.capnp", "Box.Inner.Deep").value().ids.front(),
            0xc0de000000000015);
}

TEST_F(SchemasTest, aFileIsReadOnceAndServesManyQuestions) {
  EXPECT_TRUE(schemas_.find(folder_ / "base.capnp", "Base").succeeded());
  EXPECT_TRUE(schemas_.find(folder_ / "derived.capnp", "Middle").succeeded());
  EXPECT_TRUE(schemas_.find(folder_ / "base.capnp", "Base").succeeded());
}

TEST_F(SchemasTest, whatIsThereIsToldWhereANameIsWrong) {
  const std::string all = "; its interfaces: Middle, Other, Leaf, Box.Inner.Deep";
  EXPECT_EQ(refusal("derived.capnp", "Laef"),
            "derived.capnp has no interface 'Laef'; did you mean 'Leaf'?");
  EXPECT_EQ(refusal("derived.capnp", "Something"),
            "derived.capnp has no interface 'Something'" + all);
  EXPECT_EQ(refusal("derived.capnp", "Box"), "'Box' of derived.capnp is no interface" + all);
  EXPECT_EQ(refusal("derived.capnp", "text"), "'text' of derived.capnp is no interface" + all);
  EXPECT_EQ(refusal("derived.capnp", "Box..Deep"),
            "derived.capnp has no interface 'Box..Deep'" + all);
  EXPECT_EQ(refusal("derived.capnp", ""), "derived.capnp has no interface ''" + all);
}

TEST_F(SchemasTest, aSchemaThatWasGivenOutlivesMistakesInOthers) {
  const capnp::InterfaceSchema leaf = schemas_.schema(folder_ / "derived.capnp", "Leaf").value();
  write("broken.capnp", "@0xd0c5000000000013;\nstruct A { a @0 :Nothing; }\n");
  EXPECT_TRUE(schemas_.find(folder_ / "broken.capnp", "A").failed());
  EXPECT_EQ(leaf.getSuperclasses().size(), 2u);
  EXPECT_EQ(leaf.findMethodByName("call") == nullptr, false);
}

}  // namespace
}  // namespace troop::manifest
