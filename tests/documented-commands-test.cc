// The commands of the README and of the guides, pasted into a shell as they stand there.
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tools/troop/testing/subprocess.h"

namespace troop::tests {
namespace {

using command::Finished;
using command::Subprocess;

struct Command {
  std::string line;
  std::string output;  // what the page says that it prints; empty where it says nothing
};

// Indented lines that begin with the program or the compiler; what follows in braces is their
// output. Others (installing, building) need a machine of their own.
std::vector<Command> commandsOf(const std::filesystem::path& page) {
  std::vector<Command> commands;
  std::ifstream stream(page);
  for (std::string line; std::getline(stream, line);) {
    if (!line.starts_with("    ")) continue;
    line.erase(0, 4);
    if (line.starts_with("bazel-bin/tools/troop/troop ") || line.starts_with("clang++-19 ")) {
      commands.push_back({line, ""});
    } else if (line.starts_with('{') && !commands.empty()) {
      commands.back().output += line + "\n";
    }
  }
  return commands;
}

// A folder that looks like a checkout in which everything is built, and takes what commands write.
class DocumentedCommands : public testing::TestWithParam<const char*> {
 protected:
  DocumentedCommands() {
    std::string pattern = testing::TempDir() + "checkout-XXXXXX";
    checkout_ = mkdtemp(pattern.data());
    const std::filesystem::path built = std::filesystem::current_path();
    for (const char* part : {"docs", "sandbox", "tools"}) {
      std::filesystem::create_directory_symlink(built / part, checkout_ / part);
    }
    std::filesystem::create_directory_symlink(built, checkout_ / "bazel-bin");
  }
  ~DocumentedCommands() override { std::filesystem::remove_all(checkout_); }

  std::filesystem::path checkout_;
};

TEST_P(DocumentedCommands, workAsTheyStandThere) {
  const std::vector<Command> commands = commandsOf(GetParam());
  EXPECT_GE(commands.size(), 5u);
  for (const Command& command : commands) {
    const bool hosts = command.line.find("/troop run ") != std::string::npos;
    // The main job takes its minute in a test of its own.
    if (hosts && command.line.find("plugins") != std::string::npos) continue;
    Subprocess process({"sh", "-c", "cd " + checkout_.native() + " && exec " + command.line});
    if (hosts) {
      EXPECT_TRUE(process.waitForErrors("hosted; Ctrl-C ends")) << command.line;
      process.signal(SIGINT);
    }
    const Finished finished = process.wait();
    EXPECT_EQ(finished.exitCode, hosts ? 130 : 0) << command.line << "\n" << finished.errors;
    if (!command.output.empty()) {
      EXPECT_EQ(finished.output, command.output) << command.line;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Of, DocumentedCommands,
                         testing::Values("README.md", "docs/guide/plugins.md"),
                         [](const auto& page) {
                           return std::filesystem::path(page.param).stem().native();
                         });

std::vector<std::string> linesOf(const std::filesystem::path& file) {
  std::vector<std::string> lines;
  std::ifstream stream(file);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

// The page leaves out comments and helpers of the examples, but changes no line.
TEST(Guide, showsLinesOfItsExamples) {
  const std::map<std::string, const char*> examples = {
      {"```capnp", "docs/examples/shapes/shapes.capnp"},
      {"```js", "docs/examples/shapes/geometer.js"},
      {"```cpp", "docs/examples/shapes/ranking.cc"},
      {"```toml", "docs/examples/shapes/troop.toml"}};
  std::set<std::string> shown;
  std::vector<std::string> example;
  for (const std::string& line : linesOf("docs/guide/plugins.md")) {
    if (line.starts_with("```")) {
      const auto found = examples.find(line);
      example = found == examples.end() ? std::vector<std::string>() : linesOf(found->second);
      if (found != examples.end()) shown.insert(line);
      continue;
    }
    if (example.empty() || line.empty()) continue;
    EXPECT_NE(std::find(example.begin(), example.end(), line), example.end()) << line;
  }
  EXPECT_EQ(shown.size(), examples.size());
}

}  // namespace
}  // namespace troop::tests
