// The programs of docs/guide/threading.md: what the guide shows is what is built and run here, and
// they print what the guide says.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

#include "tools/troop/testing/subprocess.h"

namespace troop::tests {
namespace {

using command::Finished;
using command::Subprocess;

std::string textOf(const std::string& file) {
  std::ostringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  return text.str();
}

// As the guide shows output: a block of four spaces.
std::string indented(const std::string& output) {
  std::string block;
  std::istringstream lines(output);
  for (std::string line; std::getline(lines, line);) block += "    " + line + "\n";
  return block;
}

class ThreadingGuide : public testing::TestWithParam<const char*> {};

TEST_P(ThreadingGuide, showsAProgramAndWhatItPrints) {
  const std::string program = std::string("docs/examples/threading/") + GetParam();
  const std::string guide = textOf("docs/guide/threading.md");
  const std::string source = textOf(program + ".cc");
  ASSERT_FALSE(source.empty());
  const std::size_t shown = guide.find("```cpp\n" + source + "```\n");
  ASSERT_NE(shown, std::string::npos) << program << ".cc is not in the guide as it is";

  const Finished finished = Subprocess({program}).wait();
  EXPECT_EQ(finished.exitCode, 0) << finished.errors;
  const std::string after = guide.substr(shown + source.size());
  EXPECT_NE(after.find("\n\n" + indented(finished.output) + "\n"), std::string::npos)
      << "the guide does not show what it printed:\n"
      << finished.output;
}

INSTANTIATE_TEST_SUITE_P(Of, ThreadingGuide,
                         testing::Values("hello", "pipeline", "deadlines", "coroutines", "futures",
                                         "sharing", "shared", "sizes", "cycles", "tenants",
                                         "groups", "host", "simulated"),
                         [](const auto& program) { return std::string(program.param); });

}  // namespace
}  // namespace troop::tests
