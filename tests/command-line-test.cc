// The program `troop` as its users meet it: help, mistakes, exit codes.
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/subprocess.h"

namespace troop::tests {
namespace {

constexpr const char* troop = "tools/troop/troop";
constexpr const char* examples = "docs/examples/plugins/troop.toml";

Finished run(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), troop);
  return Subprocess(std::move(arguments)).wait();
}

// A folder of a test's own, with a plugin.
class CommandLine : public testing::Test {
 protected:
  CommandLine() {
    std::string pattern = testing::TempDir() + "command-line-XXXXXX";
    folder_ = mkdtemp(pattern.data());
    write("plugin.js", "export {};\n");
  }
  ~CommandLine() override { std::filesystem::remove_all(folder_); }

  std::string write(const std::string& name, std::string_view text) {
    std::ofstream(folder_ / name, std::ios::binary) << text;
    return folder_ / name;
  }

  std::filesystem::path folder_;
};

TEST_F(CommandLine, helpTellsCommandsAndExitCodes) {
  const Finished help = run({"--help"});
  EXPECT_EQ(help.exitCode, 0);
  for (const char* text : {"run", "check", "--version", "Exit codes: 0 done"}) {
    EXPECT_NE(help.output.find(text), std::string::npos) << text;
  }
  const Finished runHelp = run({"run", "--help"});
  EXPECT_EQ(runHelp.exitCode, 0);
  for (const char* text : {"FILE", "--output FORM", "--seconds-alone SECONDS",
                           "--seconds-attack SECONDS", "--carriers NUMBER", "--results FOLDER"}) {
    EXPECT_NE(runHelp.output.find(text), std::string::npos) << runHelp.output;
  }
}

TEST_F(CommandLine, versionIsOneLine) {
  const Finished version = run({"--version"});
  EXPECT_EQ(version.exitCode, 0);
  EXPECT_EQ(version.output.find("troop "), 0u);
  EXPECT_EQ(version.output.find('\n'), version.output.size() - 1);
}

TEST_F(CommandLine, wrongUsageSaysWhatIsWrong) {
  const struct {
    std::vector<std::string> arguments;
    const char* said;
  } mistakes[] = {
      {{}, "A subcommand is required"},
      {{"fly"}, "fly"},
      {{"run"}, "FILE is required"},
      {{"check"}, "FILE is required"},
      {{"run", examples, "--output", "xml"}, "--output"},
      {{"run", examples, "--carriers", "0"}, "--carriers"},
      {{"run", examples, "--seconds-alone", "soon"}, "--seconds-alone"},
      {{"run", examples, "--seconds-attack", "-1"}, "--seconds-attack"},
      {{"run", examples, "more"}, "more"},
  };
  for (const auto& mistake : mistakes) {
    const Finished finished = run(mistake.arguments);
    EXPECT_EQ(finished.exitCode, 2) << finished.errors;
    EXPECT_NE(finished.errors.find(mistake.said), std::string::npos) << finished.errors;
    EXPECT_TRUE(finished.output.empty());
  }
}

TEST_F(CommandLine, checkAcceptsTheExamples) {
  const Finished finished = run({"check", examples});
  EXPECT_EQ(finished.exitCode, 0) << finished.errors;
  EXPECT_EQ(finished.output, std::string(examples) + ": ok, 7 troops, a job\n");
}

TEST_F(CommandLine, mistakesOfAManifestAreToldByBothCommands) {
  const std::string file = write("troop.toml",
                                 "[troop.one]\ncode = \"plugn.js\"\nlimits = { memroy = \"1M\" }\n"
                                 "grants.http = {}\n[troop.two]\ncode = \"plugin.js\"\n"
                                 "limits = { memory = \"1T\" }\n");
  const std::string missing = (folder_ / "plugn.js").native();
  const std::string said =
      file + ":2:8: no such file: '" + missing +
      "'; 'code' is a file's path, relative to the manifest's folder\n" + file +
      ":3:12: unknown key 'memroy' in the limits of troop 'one'; did you mean 'memory'?\n" + file +
      ":4:8: unknown grant 'http'; a grant is one of 'log', 'clock' and 'random', or a capability "
      "to another troop like { troop = \"NAME\" }\n" +
      file + ":7:21: '1T' of 'memory' is no size; a size is text like \"64K\", \"32M\" or \"1G\"\n";
  for (const char* command : {"check", "run"}) {
    const Finished finished = run({command, file});
    EXPECT_EQ(finished.exitCode, 1);
    EXPECT_EQ(finished.errors, said);
    EXPECT_TRUE(finished.output.empty());
  }
}

TEST_F(CommandLine, codeThatDoesNotCompileIsToldWithItsPlace) {
  write("broken.js", "export default {\n  render( {\n};\n");
  const std::string file = write("troop.toml", "[troop.one]\ncode = \"broken.js\"\n");
  for (const char* command : {"check", "run"}) {
    const Finished finished = run({command, file});
    EXPECT_EQ(finished.exitCode, 1);
    EXPECT_NE(finished.errors.find("broken.js:3"), std::string::npos) << finished.errors;
  }
}

TEST_F(CommandLine, aRunWithoutAJobEndsWithItsTroops) {
  write("broken.js", "throw new Error('not today');\n");
  const std::string file = write("troop.toml", "[troop.one]\ncode = \"broken.js\"\n");
  const Finished finished = run({"run", file, "--output", "json"});
  EXPECT_EQ(finished.exitCode, 0) << finished.errors;
  const auto report = nlohmann::json::parse(finished.output);
  ASSERT_EQ(report["troops"].size(), 1u);
  EXPECT_EQ(report["troops"][0]["name"], "one");
  const std::string verdict = report["troops"][0]["verdict"];
  EXPECT_TRUE(verdict.starts_with("failed: Error: not today")) << verdict;
}

TEST_F(CommandLine, aRunWithoutAJobEndsByASignal) {
  const std::string file =
      write("troop.toml", "[troop.one]\ncode = \"plugin.js\"\n[troop.two]\ncode = \"plugin.js\"\n");
  Subprocess process({troop, "run", file});
  ASSERT_TRUE(process.waitForErrors("2 troops are hosted"));
  process.signal(SIGTERM);
  const Finished finished = process.wait();
  EXPECT_EQ(finished.exitCode, 130);
  EXPECT_NE(finished.output.find("\none "), std::string::npos) << finished.output;
  EXPECT_NE(finished.errors.find("interrupted"), std::string::npos) << finished.errors;
}

}  // namespace
}  // namespace troop::tests
