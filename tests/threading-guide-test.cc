// The programs of docs/guide/threading.md: what the guide shows is what is built and run here, and
// they print what the guide says.
#include <gtest/gtest.h>

#include <string>

#include "tests/shown-program.h"
#include "tools/troop/testing/subprocess.h"

namespace troop::tests {
namespace {

using command::Finished;
using command::Subprocess;

class ThreadingGuide : public testing::TestWithParam<const char*> {};

TEST_P(ThreadingGuide, showsAProgramAndWhatItPrints) {
  const std::string program = std::string("docs/examples/threading/") + GetParam();
  const Finished finished = Subprocess({program}).wait();
  EXPECT_EQ(finished.exitCode, 0) << finished.errors;
  expectShown("docs/guide/threading.md", program + ".cc", finished.output);
}

INSTANTIATE_TEST_SUITE_P(Of, ThreadingGuide,
                         testing::Values("hello", "pipeline", "deadlines", "coroutines", "futures",
                                         "sharing", "shared", "sizes", "cycles", "tenants",
                                         "groups", "host", "simulated"),
                         [](const auto& program) { return std::string(program.param); });

}  // namespace
}  // namespace troop::tests
