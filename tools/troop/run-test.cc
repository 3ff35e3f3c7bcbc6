#include "tools/troop/run.h"

#include <algorithm>
#include <csignal>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tools/troop/testing/command-fixture.h"

namespace troop::command {
namespace {

class Run : public CommandTest {};

TEST_F(Run, withoutAJobFailsWhenItsTroopsHaveDied) {
  write("broken.js", "throw new Error('not today');\n");
  const std::string file = write("troop.toml", "[troop.one]\ncode = \"broken.js\"\n");
  const Finished finished = troop({"run", file, "--output", "json"});
  EXPECT_EQ(finished.exitCode, static_cast<int>(ExitCode::jobFailed)) << finished.errors;
  EXPECT_NE(
      finished.errors.find("troop 'one' has died: failed: Error: not today (broken.js:1:11)\n"),
      std::string::npos)
      << finished.errors;
  EXPECT_TRUE(
      finished.errors.ends_with("error: every troop has died; nothing is hosted any more\n"));
  const auto report = nlohmann::json::parse(finished.output);
  ASSERT_EQ(report["troops"].size(), 1u);
  EXPECT_EQ(report["troops"][0]["name"], "one");
  const std::string verdict = report["troops"][0]["verdict"];
  EXPECT_TRUE(verdict.starts_with("failed: Error: not today")) << verdict;
}

TEST_F(Run, withoutAJobEndsByASignal) {
  const std::string file =
      write("troop.toml", "[troop.one]\ncode = \"plugin.js\"\n[troop.two]\ncode = \"plugin.js\"\n");
  Subprocess process({program, "run", file});
  ASSERT_TRUE(process.waitForErrors("2 troops are hosted"));
  process.signal(SIGTERM);
  const Finished finished = process.wait();
  EXPECT_EQ(finished.exitCode, static_cast<int>(ExitCode::interrupted));
  EXPECT_NE(finished.output.find("\none "), std::string::npos) << finished.output;
  EXPECT_NE(finished.errors.find("interrupted"), std::string::npos) << finished.errors;
}

TEST_F(Run, tellsWhatIsHostedOnSigquitAndGoesOn) {
  const std::string file = write("troop.toml", "[troop.one]\ncode = \"plugin.js\"\n");
  Subprocess process({program, "run", file});
  ASSERT_TRUE(process.waitForErrors("1 troop is hosted"));
  process.signal(SIGQUIT);
  ASSERT_TRUE(process.waitForErrors("troop 'one'"));
  process.signal(SIGTERM);
  const Finished finished = process.wait();
  EXPECT_EQ(finished.exitCode, static_cast<int>(ExitCode::interrupted)) << finished.errors;
  EXPECT_NE(finished.output.find("\none "), std::string::npos) << finished.output;
}

TEST_F(Run, writesATraceAndSaysWhatOfItWasLost) {
  write("mortal.js", "throw new Error('that was all');\n");
  const std::string file = write("troop.toml", "[troop.mortal]\ncode = \"mortal.js\"\n");
  const std::string trace = folder_ / "trace.json";
  const Finished finished = troop({"run", file, "--trace", trace});
  EXPECT_EQ(finished.exitCode, static_cast<int>(ExitCode::jobFailed)) << finished.errors;
  EXPECT_NE(
      finished.errors.find(trace + " has what the carriers did, for Perfetto, from the start\n"),
      std::string::npos)
      << finished.errors;
  const auto events = nlohmann::json::parse(std::ifstream(trace)).at("traceEvents");
  EXPECT_TRUE(std::ranges::any_of(events, [](const nlohmann::json& event) {
    return event.at("ph") == "X" && event.at("args").at("troop") == "mortal";
  })) << events;
}

TEST_F(Run, aTraceThatCannotBeWrittenIsToldAtOnce) {
  const std::string file = write("troop.toml", "[troop.one]\ncode = \"plugin.js\"\n");
  const Finished finished = troop({"run", file, "--trace", folder_ / "none" / "trace.json"});
  EXPECT_EQ(finished.exitCode, static_cast<int>(ExitCode::hostFailed)) << finished.errors;
  EXPECT_NE(finished.errors.find("trace.json: the trace cannot be written: No such file"),
            std::string::npos)
      << finished.errors;
}

TEST_F(Run, showsWhatPluginsLog) {
  write("loud.js", "console.log('good morning'); throw new Error('that was all');\n");
  const std::string file =
      write("troop.toml", "[troop.loud]\ncode = \"loud.js\"\ngrants.log = {}\n");
  const Finished finished = troop({"run", file});
  EXPECT_EQ(finished.exitCode, static_cast<int>(ExitCode::jobFailed));
  EXPECT_NE(finished.errors.find("loud: good morning\n"), std::string::npos) << finished.errors;
  EXPECT_EQ(finished.output.find("good morning"), std::string::npos);
}

TEST_F(Run, startsAgainWhatItsManifestSays) {
  write("mortal.js", "throw new Error('again');\n");
  const std::string file = write("troop.toml", R"([troop.mortal]
code = "mortal.js"
restart = { policy = "on-death", pause-min = "1ms", pause-max = "1ms" }
grants.log = {}
[troop.counting]
code = "plugin.js"
)");
  Subprocess process({program, "run", file, "--output", "json"});
  ASSERT_TRUE(process.waitForErrors("2 troops are hosted"));
  process.signal(SIGINT);
  const Finished finished = process.wait();
  EXPECT_EQ(finished.exitCode, static_cast<int>(ExitCode::interrupted));
  EXPECT_EQ(nlohmann::json::parse(finished.output)["troops"].size(), 2u);
}

TEST_F(Run, whatIsWrongWithTheManifestOrItsCodeIsTold) {
  Finished finished = troop({"run", (folder_ / "none.toml").native()});
  EXPECT_EQ(finished.exitCode, static_cast<int>(ExitCode::manifestWrong));
  EXPECT_NE(finished.errors.find("none.toml:1:1: no such file"), std::string::npos);

  write("broken.js", "export default {\n  render( {\n};\n");
  finished = troop({"run", write("troop.toml", "[troop.one]\ncode = \"broken.js\"\n")});
  EXPECT_EQ(finished.exitCode, static_cast<int>(ExitCode::manifestWrong));
  EXPECT_NE(finished.errors.find("broken.js:3:"), std::string::npos) << finished.errors;
  EXPECT_EQ(finished.errors.find("\n\n"), std::string::npos) << finished.errors;
  EXPECT_TRUE(finished.output.empty());
}

TEST_F(Run, aDeathIsToldOnceAndWhileOthersAreHosted) {
  write("mortal.js", "throw new Error('again');\n");
  const std::string file = write("troop.toml", R"([troop.mortal]
code = "mortal.js"
restart = { policy = "on-death", pause-min = "1ms", pause-max = "1ms" }
[troop.calm]
code = "plugin.js"
)");
  Subprocess process({program, "run", file});
  const std::string death = "troop 'mortal' has died: failed: Error: again (mortal.js:1:11)\n";
  ASSERT_TRUE(process.waitForErrors(death));
  process.signal(SIGTERM);
  const Finished finished = process.wait();
  EXPECT_EQ(finished.errors.find(death), finished.errors.rfind(death)) << finished.errors;
}

TEST_F(Run, warnsOfBindingsThatDoNotFollowTheirSchema) {
  write("broken.js", "throw new Error('not today');\n");
  write("one.capnp", "@0xd0a1b2c3d4e5f6ee;\ninterface One { run @0 () -> (); }\n");
  write("one.troop.js", "// Generated long ago\n");
  const std::string file =
      write("troop.toml", "[troop.one]\ncode = \"broken.js\"\nserves = \"one.capnp:One\"\n");
  const Finished finished = troop({"run", file});
  EXPECT_TRUE(finished.errors.starts_with("warning: " + (folder_ / "one.troop.js").native() +
                                          ": these bindings are not what "))
      << finished.errors;
}

}  // namespace
}  // namespace troop::command
