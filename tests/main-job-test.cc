// The main job in short: the examples' manifest, through every layer, as its users run it.
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tools/troop/testing/subprocess.h"

namespace troop::tests {
namespace {

using command::Finished;
using command::Subprocess;

constexpr const char* troop = "tools/troop/troop";
constexpr const char* manifest = "docs/examples/plugins/troop.toml";

std::string textOf(const std::filesystem::path& file) {
  std::ostringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  return text.str();
}

class MainJob : public testing::Test {
 protected:
  MainJob() {
    std::string pattern = testing::TempDir() + "main-job-XXXXXX";
    results_ = mkdtemp(pattern.data());
  }
  ~MainJob() override { std::filesystem::remove_all(results_); }

  // Short, so that how fast this machine is at the moment is shown, and nothing depends on it.
  std::vector<std::string> command(const std::string& seconds) const {
    return {
        troop,      "run",  manifest,   "--seconds-alone", seconds,     "--seconds-attack", seconds,
        "--output", "json", "--bounds", "reported",        "--results", results_.native()};
  }

  std::filesystem::path results_;
};

TEST_F(MainJob, servesAllCallsAndContainsEveryAttacker) {
  const Finished finished = Subprocess(command("2")).wait();
  ASSERT_EQ(finished.exitCode, 0) << finished.errors;
  const auto report = nlohmann::json::parse(finished.output);
  std::map<std::string, nlohmann::json> troops;
  for (const auto& row : report["troops"]) troops[row["name"]] = row;
  ASSERT_EQ(troops.size(), 47u);

  const std::map<std::string, std::string> verdicts{
      {"markdown", "served"},
      {"outline", "served"},
      {"stats", "served"},
      {"endless-loop", "killed: CPU time 100 ms reached"},
      {"memory-bomb", "killed: memory 8 MiB reached"},
      {"endless-recursion", "killed: stack 128 KiB reached"},
      {"promise-flood", "killed: "},
      {"revoked-capability", "refused: capability 'renderer' was revoked"},
      {"bulk-fill", "killed: CPU time at start 100 ms reached"},
      {"pointers-outside", "idle"},
      {"truncated", "refused: "},
  };
  for (const auto& [name, verdict] : verdicts) {
    const auto& row = troops[name];
    EXPECT_EQ(row["tier"], "wasm");
    EXPECT_TRUE(row["verdict"].get<std::string>().starts_with(verdict)) << name << ": " << row;
    if (name == "truncated") continue;
    EXPECT_GT(row["cpuMillis"], 0) << name;
    EXPECT_GT(row["memoryPeakBytes"], 0) << name;
  }
  for (const char* name : {"markdown", "outline", "stats"}) {
    const auto& row = troops[name];
    EXPECT_GT(row["callsServed"], 0) << name;
    EXPECT_EQ(row["restarts"], 0) << name;
    EXPECT_GT(row["cpuShare"], 0) << name;
    ASSERT_EQ(row["latencyMicros"].size(), 4u) << name;
    const auto& all = row["latencyMicros"][0];
    EXPECT_EQ(all["documents"], "all");
    for (const char* phase : {"alone", "underAttack"}) {
      EXPECT_GT(all[phase]["calls"], 0) << name << " " << phase;
      EXPECT_GT(all[phase]["p50"], 0) << name << " " << phase;
      EXPECT_GE(all[phase]["p99"], all[phase]["p50"]) << name << " " << phase;
    }
    EXPECT_DOUBLE_EQ(all["p99Bound"], 5000 + 3 * all["alone"]["p99"].get<double>()) << name;
  }
  EXPECT_GT(troops["endless-loop"]["cpuOverTicks"], 0);
  // Outline has called markdown for every call that it has served, and three more times for each of
  // these.
  EXPECT_GE(troops["outline"]["callsMade"], 4 * troops["outline"]["callsServed"].get<int>());
  EXPECT_GT(troops["revoked-capability"]["callsRefused"], 0);
  EXPECT_EQ(report["load"]["callsFailed"], 0);
  EXPECT_TRUE(report["faults"].empty());
}

TEST_F(MainJob, writesWhatWasRendered) {
  const Finished finished = Subprocess(command("0.5")).wait();
  const std::string html = textOf(results_ / "spec.html");
  EXPECT_GT(html.size(), 200'000u);
  EXPECT_NE(html.find("<h1>Introduction</h1>\n<h2>What is Markdown?</h2>\n"), std::string::npos);
  EXPECT_NE(textOf(results_ / "README.html").find("<h1>"), std::string::npos);
  const auto outline = nlohmann::json::parse(textOf(results_ / "spec.outline.json"));
  EXPECT_GT(outline["words"], 10'000);
  EXPECT_GT(outline["readingSeconds"], 2'000);
  EXPECT_EQ(outline["headings"][0]["level"], 1);
  EXPECT_EQ(outline["headings"][0]["text"], "Introduction");
  EXPECT_EQ(outline["headings"].size(), 45u);
  EXPECT_EQ(outline["links"][0]["target"], "https://creativecommons.org/licenses/by-sa/4.0/");
  const auto stats = nlohmann::json::parse(textOf(results_ / "spec.stats.json"));
  EXPECT_GT(stats["words"], 10'000);
  EXPECT_EQ(stats["headings"], 45);
}

TEST_F(MainJob, isAccepted) {
  const Finished finished = Subprocess({troop, "check", manifest}).wait();
  EXPECT_EQ(finished.exitCode, 0) << finished.errors;
  EXPECT_EQ(finished.output, std::string(manifest) + ": ok, 47 troops, a job\n");
}

TEST_F(MainJob, tellsWhereItsResultsCannotBeWritten) {
  results_ /= "taken";
  std::ofstream(results_) << "a file, no folder";
  const Finished finished = Subprocess(command("0.1")).wait();
  EXPECT_EQ(finished.exitCode, 4) << finished.errors;
  EXPECT_NE(finished.errors.find("taken: cannot be made"), std::string::npos) << finished.errors;
  results_ = results_.parent_path();
}

TEST_F(MainJob, endsCleanlyWhenInterrupted) {
  Subprocess process(command("600"));
  ASSERT_TRUE(process.waitForErrors("the guests can serve")) << process.wait().errors;
  process.signal(SIGINT);
  const Finished finished = process.wait();
  EXPECT_EQ(finished.exitCode, 130) << finished.errors;
  const auto report = nlohmann::json::parse(finished.output);
  ASSERT_EQ(report["troops"].size(), 3u);
  EXPECT_EQ(report["troops"][0]["verdict"], "served");
  EXPECT_EQ(report["troops"][0]["callsFailed"], 0);
  EXPECT_TRUE(std::filesystem::exists(results_ / "spec.html"));
}

}  // namespace
}  // namespace troop::tests
