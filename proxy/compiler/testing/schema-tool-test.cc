#include "proxy/compiler/testing/schema-tool.h"

#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>

#include "proxy/compiler/testdata/shared.troop.h"

namespace troop::proxy::compiler {
namespace {

using Segments = SchemaTool::Segments;
using test::shared::Point;

const SchemaTool tool("proxy/compiler/testdata/shared.capnp");

TEST(SchemaTool, readsWhatItWrote) {
  const std::vector<std::byte> message = tool.encode("Point", "(x = 3, y = -4)");
  EXPECT_EQ(tool.decode("Point", message), "(x = 3, y = -4)");
}

TEST(SchemaTool, laysMessagesOutInOneSegmentOrMany) {
  const std::vector<std::byte> one = tool.encode("Point", "(x = 1)");
  const std::vector<std::byte> many = tool.encode("Point", "(x = 1)", Segments::many);
  EXPECT_EQ(one.front(), std::byte{0});  // segments, less one
  EXPECT_NE(many.front(), std::byte{0});
  EXPECT_EQ(tool.decode("Point", many), "(x = 1, y = 0)");
}

TEST(SchemaTool, seesWhereAValueIsNotWhatTheTextSays) {
  expectSame(tool, "Point", Point{.x = 1, .y = 2}, "(x = 1, y = 2)");
  // The text, the value from one segment, and that from many.
  testing::TestPartResultArray failures;
  {
    testing::ScopedFakeTestPartResultReporter reporter(&failures);
    expectSame(tool, "Point", Point{.x = 1, .y = 2}, "(x = 1, y = 3)");
  }
  EXPECT_EQ(failures.size(), 3);
}

TEST(SchemaTool, failsTheTestWhereTheToolRefuses) {
  EXPECT_NONFATAL_FAILURE(tool.encode("Point", "(z = 1)"), "capnp encode");
}

}  // namespace
}  // namespace troop::proxy::compiler
