// The programs of docs/guide/capabilities.md: what the guide shows is what is built and run here,
// and they print what the guide says.
#include <gtest/gtest.h>

#include <string>

#include "tests/shown-program.h"
#include "tools/troop/testing/subprocess.h"

namespace troop::tests {
namespace {

using command::Finished;
using command::Subprocess;

class CapabilitiesGuide : public testing::TestWithParam<const char*> {};

TEST_P(CapabilitiesGuide, showsAProgramAndWhatItPrints) {
  const std::string program = std::string("docs/examples/capabilities/") + GetParam();
  const Finished finished = Subprocess({program}).wait();
  EXPECT_EQ(finished.exitCode, 0) << finished.errors;
  expectShown("docs/guide/capabilities.md", program + ".cc", finished.output);
}

TEST(CapabilitiesGuide, showsItsSchema) {
  const std::string schema = textOf("docs/examples/capabilities/mailbox.capnp");
  EXPECT_NE(textOf("docs/guide/capabilities.md").find("```capnp\n" + schema + "```\n"),
            std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Of, CapabilitiesGuide, testing::Values("mailbox", "cloakroom"),
                         [](const auto& program) { return std::string(program.param); });

}  // namespace
}  // namespace troop::tests
