#include "tools/troop/check.h"

#include "tools/troop/testing/command-fixture.h"

namespace troop::command {
namespace {

class Check : public CommandTest {};

TEST_F(Check, acceptsWhatIsRight) {
  const std::string file =
      write("troop.toml", "[troop.one]\ncode = \"plugin.js\"\n[troop.two]\ncode = \"plugin.js\"\n");
  const Finished finished = troop({"check", file});
  EXPECT_EQ(finished.exitCode, 0) << finished.errors;
  EXPECT_EQ(finished.output, file + ": ok, 2 troops\n");
  EXPECT_TRUE(finished.errors.empty()) << finished.errors;
}

TEST_F(Check, tellsEveryMistakeOfAManifest) {
  const std::string file = write("troop.toml", R"([troop.one]
code = "plugn.js"
limits = { memroy = "1M" }
grants.http = {}
[troop.two]
code = "plugin.js"
limits = { memory = "1T" }
)");
  const std::string missing = (folder_ / "plugn.js").native();
  const Finished finished = troop({"check", file});
  EXPECT_EQ(finished.exitCode, static_cast<int>(ExitCode::manifestWrong));
  EXPECT_TRUE(finished.output.empty());
  EXPECT_EQ(
      finished.errors,
      file + ":2:8: no such file: '" + missing +
          "'; 'code' is a file's path, relative to the manifest's folder\n" + file +
          ":3:12: unknown key 'memroy' in the limits of troop 'one'; did you mean 'memory'?\n" +
          file +
          ":4:8: unknown grant 'http'; a grant is one of 'log', 'clock' and 'random', or a "
          "capability to another troop like { troop = \"NAME\" }\n" +
          file +
          ":7:21: '1T' of 'memory' is no size; a size is text like \"64K\", \"32M\" or \"1G\"\n");
}

TEST_F(Check, tellsAllCodeThatDoesNotCompile) {
  write("broken.js", "export default {\n  render( {\n};\n");
  write("broken.wat", "(module (func");
  const std::string file = write("troop.toml", R"([troop.one]
code = "broken.js"
[troop.two]
code = "broken.wat"
[troop.three]
code = "plugin.js"
)");
  const Finished finished = troop({"check", file});
  EXPECT_EQ(finished.exitCode, static_cast<int>(ExitCode::manifestWrong));
  EXPECT_TRUE(finished.output.empty());
  EXPECT_NE(finished.errors.find(" (troop 'one')\n"), std::string::npos) << finished.errors;
  for (const char* place : {"/broken.js:3:", "/broken.wat:1:"}) {
    EXPECT_NE(finished.errors.find(folder_.native() + place), std::string::npos) << finished.errors;
  }
  EXPECT_EQ(finished.errors.find("three"), std::string::npos) << finished.errors;
}

TEST_F(Check, tellsBindingsThatDoNotFollowTheirSchema) {
  const std::string schema =
      write("one.capnp", "@0xd0a1b2c3d4e5f6ed;\ninterface One { run @0 () -> (); }\n");
  ASSERT_EQ(troop({"bind", schema}).exitCode, 0);
  const std::string file =
      write("troop.toml", "[troop.one]\ncode = \"plugin.js\"\nserves = \"one.capnp:One\"\n");
  EXPECT_EQ(troop({"check", file}).exitCode, 0);
  write("one.capnp", "@0xd0a1b2c3d4e5f6ed;\ninterface One { walk @0 () -> (); }\n");
  const Finished finished = troop({"check", file});
  EXPECT_EQ(finished.exitCode, static_cast<int>(ExitCode::manifestWrong));
  EXPECT_TRUE(finished.output.empty());
  EXPECT_EQ(finished.errors, (folder_ / "one.troop.js").native() +
                                 ": these bindings are not what " + schema +
                                 " says; write them anew: troop bind " + schema + "\n");
}

TEST_F(Check, startsNothing) {
  write("loud.js", "for (;;);");
  const Finished finished =
      troop({"check", write("troop.toml", "[troop.one]\ncode = \"loud.js\"\n")});
  EXPECT_EQ(finished.exitCode, 0) << finished.errors;
  EXPECT_TRUE(finished.output.ends_with(": ok, 1 troop\n")) << finished.output;
}

}  // namespace
}  // namespace troop::command
