// What `troop new` refuses. What it makes is tested as a whole by //tests:new-plugin-test.
#include "tools/troop/new.h"

#include "tools/troop/testing/command-fixture.h"

namespace troop::command {
namespace {

class New : public CommandTest {
 protected:
  // Expects that it fails with this error, and leaves nothing behind.
  void refuses(const std::string& name, std::vector<std::string> options,
               const std::string& error) {
    options.insert(options.begin(), {"new", (folder_ / name).native()});
    const Finished finished = troop(options);
    EXPECT_EQ(finished.exitCode, static_cast<int>(ExitCode::manifestWrong)) << finished.output;
    EXPECT_EQ(finished.errors, "error: " + error + "\n");
    EXPECT_TRUE(finished.output.empty());
  }
};

constexpr const char* nameRule =
    " cannot be the name of a plugin; a name has 1 to 64 small letters, digits and single '-', and "
    "begins with a letter: my-plugin";

TEST_F(New, refusesNamesThatSchemasAndManifestsCannotHave) {
  for (const char* name : {"Greeter", "1st", "a_b", "a--b", "a-", "a b", "ü", "a.js"}) {
    refuses(name, {}, "'" + std::string(name) + "'" + nameRule);
    EXPECT_FALSE(std::filesystem::exists(folder_ / name));
  }
  const std::string longName(65, 'a');
  refuses(longName, {}, "'" + longName + "'" + nameRule);
}

TEST_F(New, leavesAloneWhatExists) {
  const std::string file = write("taken", "kept");
  refuses("taken", {}, "'" + file + "' exists already; choose another name, or remove it");
  std::filesystem::create_directory(folder_ / "empty");
  refuses(
      "empty", {},
      "'" + (folder_ / "empty").native() + "' exists already; choose another name, or remove it");
  std::filesystem::create_symlink("nowhere", folder_ / "link");
  refuses(
      "link", {},
      "'" + (folder_ / "link").native() + "' exists already; choose another name, or remove it");
}

TEST_F(New, namesWhatIsWrongWithTheSchema) {
  const std::string schema = write("some.capnp",
                                   "@0xd0a1b2c3d4e5f6ff;\ninterface Some { run @0 () -> (); }\n"
                                   "struct Other {}\n");
  refuses("a", {"--schema", schema},
          "'" + schema + "' names no interface; --schema FILE.capnp:INTERFACE is right");
  refuses("a", {"--schema", schema + ":Sme"},
          "some.capnp has no interface 'Sme'; did you mean 'Some'?");
  refuses("a", {"--schema", schema + ":Other"},
          "'Other' of some.capnp is no interface; its interfaces: Some");
  const std::string missing = folder_ / "none.capnp";
  refuses("a", {"--schema", missing + ":Some"}, "the schema '" + missing + "': no such file");
  const std::string broken = write("broken.capnp", "@0xd0a1b2c3d4e5f6fe;\ninterface {\n");
  const Finished finished = troop({"new", folder_ / "a", "--schema", broken + ":Some"});
  EXPECT_NE(finished.errors.find(broken + ":"), std::string::npos) << finished.errors;
  EXPECT_FALSE(std::filesystem::exists(folder_ / "a"));
}

TEST_F(New, leavesNothingBehindWhereBindingsCannotBeMade) {
  const std::string schema =
      write("generic.capnp",
            "@0xd0a1b2c3d4e5f6fd;\nstruct Box(T) { it @0 :T; }\n"
            "interface Some { run @0 (any :Box(Text) = (it = \"x\")) -> (); }\n");
  const Finished finished = troop({"new", folder_ / "a", "--schema", schema + ":Some"});
  EXPECT_EQ(finished.exitCode, static_cast<int>(ExitCode::manifestWrong));
  EXPECT_NE(finished.errors.find("generic.capnp:3: error: "), std::string::npos) << finished.errors;
  EXPECT_FALSE(std::filesystem::exists(folder_ / "a"));
}

TEST_F(New, tellsThatTheFolderCannotBeMade) {
  const std::string file = write("file", "");
  refuses("file/a", {}, "cannot make the folder '" + file + "/a': Not a directory");
}

TEST_F(New, namesLanguages) {
  const Finished finished = troop({"new", folder_ / "a", "--lang", "cobol"});
  EXPECT_EQ(finished.exitCode, static_cast<int>(ExitCode::usageWrong));
  EXPECT_NE(finished.errors.find("cobol"), std::string::npos) << finished.errors;
  EXPECT_NE(finished.errors.find("js,cpp"), std::string::npos) << finished.errors;
}

}  // namespace
}  // namespace troop::command
