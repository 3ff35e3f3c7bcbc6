#include "proxy/compiler/model/diagnostics.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "proxy/compiler/model/schema-sources.h"

namespace troop::proxy::compiler {
namespace {

class DiagnosticsTest : public testing::Test {
 protected:
  DiagnosticsTest() {
    std::ofstream(folder / "a.capnp") << "@0xb0a1b2c3d4e5f600;\nstruct S {\n  x @0 :Int8;\n}\n";
  }

  const std::filesystem::path folder = testing::TempDir();
  SchemaSources sources{{folder}};
  Diagnostics diagnostics{sources};
};

TEST_F(DiagnosticsTest, areEmptyAtFirst) {
  EXPECT_TRUE(diagnostics.empty());
  EXPECT_EQ(diagnostics.text(), "");
}

TEST_F(DiagnosticsTest, sayWhereSomethingIsDeclared) {
  diagnostics.error("a.capnp", "S.x", "is wrong");
  diagnostics.error("a.capnp", "", "is wrong as a whole");
  EXPECT_FALSE(diagnostics.empty());
  EXPECT_EQ(diagnostics.text(),
            "a.capnp:1: error: is wrong as a whole\n"
            "a.capnp:3: error: is wrong\n");
}

TEST_F(DiagnosticsTest, sayWhatIsKnownOfTheLine) {
  diagnostics.error("a.capnp", "S.absent", "is wrong");
  diagnostics.error("gone.capnp", "S", "is wrong");
  EXPECT_EQ(diagnostics.text(), "a.capnp:2: error: is wrong\ngone.capnp: error: is wrong\n");
}

TEST_F(DiagnosticsTest, areOrderedByFileLineAndText) {
  diagnostics.error("b.capnp", "S", "z");
  diagnostics.error("a.capnp", "S.x", "b");
  diagnostics.error("a.capnp", "S.x", "a");
  diagnostics.error("a.capnp", "S", "z");
  EXPECT_EQ(diagnostics.text(),
            "a.capnp:2: error: z\na.capnp:3: error: a\na.capnp:3: error: b\nb.capnp: error: z\n");
}

}  // namespace
}  // namespace troop::proxy::compiler
