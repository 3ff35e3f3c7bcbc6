// capnpc-troop as the schema compiler runs it: what it writes, and what it says instead.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace troop::proxy::compiler {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

const fs::path testdata = "proxy/compiler/testdata";

std::string contents(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

struct Outcome {
  int status;
  std::string output;  // both streams
};

class CapnpcTroop : public testing::Test {
 protected:
  CapnpcTroop() {
    fs::remove_all(folder);
    fs::create_directories(folder / "out");
  }

  Outcome run(const std::string& command) const {
    const fs::path log = folder / "log";
    // NOLINTNEXTLINE(cert-env33-c,bugprone-command-processor): a line of a shell is what is tested
    const int status = std::system((command + " >" + log.string() + " 2>&1").c_str());
    return {WEXITSTATUS(status), contents(log)};
  }

  // Compiles schemas of testdata with the plugin of that name.
  Outcome compile(const std::string& plugin, const std::string& schemas,
                  const std::string& prefix = testdata) const {
    return run("capnp compile -o./proxy/compiler/" + plugin + ":" + out.string() +
               " --src-prefix=" + prefix + " " + schemas);
  }
  Outcome compileWrong(const std::string& name) const {
    return compile("capnpc-troop", testdata / "wrong" / name, testdata / "wrong");
  }

  const fs::path folder = fs::path(testing::TempDir()) / "capnpc-troop-test";
  const fs::path out = folder / "out";
};

TEST_F(CapnpcTroop, writesWhatTheGoldenFilesShow) {
  const fs::path golden = testdata / "golden";
  const Outcome outcome = compile("capnpc-troop", golden / "outline.capnp", golden);
  ASSERT_EQ(outcome.status, 0) << outcome.output;
  for (const char* name : {"outline.troop.h", "outline.troop.cc", "outline.guest.h",
                           "outline.guest.cc", "outline.troop.js", "outline.troop.d.ts"}) {
    EXPECT_EQ(contents(out / name), contents(golden / name))
        << "If the change is meant, copy " << out / name;
  }
}

TEST_F(CapnpcTroop, writesOneLanguageUnderItsName) {
  ASSERT_EQ(compile("capnpc-troop-js", testdata / "shared.capnp").status, 0);
  EXPECT_TRUE(fs::exists(out / "shared.troop.js"));
  EXPECT_TRUE(fs::exists(out / "shared.troop.d.ts"));
  EXPECT_FALSE(fs::exists(out / "shared.troop.h"));
  fs::remove(out / "shared.troop.js");
  ASSERT_EQ(compile("capnpc-troop-cpp", testdata / "shared.capnp").status, 0);
  EXPECT_TRUE(fs::exists(out / "shared.troop.h"));
  EXPECT_TRUE(fs::exists(out / "shared.troop.cc"));
  EXPECT_FALSE(fs::exists(out / "shared.troop.js"));
}

TEST_F(CapnpcTroop, isFoundOnThePath) {
  const std::string path = "PATH=$PWD/proxy/compiler:$PATH ";
  const Outcome outcome = run(path + "capnp compile -otroop-js:" + out.string() + " " +
                              (testdata / "shared.capnp").string());
  ASSERT_EQ(outcome.status, 0) << outcome.output;
  EXPECT_TRUE(fs::exists(out / testdata / "shared.troop.js"));
}

TEST_F(CapnpcTroop, placesFilesAndImportsAsTheSchemasLie) {
  ASSERT_EQ(
      compile("capnpc-troop",
              (testdata / "shared.capnp").string() + " " + (testdata / "everything.capnp").string(),
              "proxy")
          .status,
      0);
  const fs::path there = out / "compiler/testdata";
  EXPECT_THAT(contents(there / "everything.troop.h"),
              HasSubstr("#include \"compiler/testdata/shared.troop.h\""));
  EXPECT_THAT(contents(there / "everything.troop.js"), HasSubstr("from \"./shared.troop.js\";"));
}

TEST_F(CapnpcTroop, namesNoFolderOfTheMachine) {
  // Schemas outside of the working directory are named by their whole path.
  const std::string absolute = fs::absolute(testdata / "golden/outline.capnp");
  const Outcome outcome =
      run("cd / && capnp compile -o" + fs::absolute("proxy/compiler/capnpc-troop").string() + ":" +
          out.string() + " " + absolute);
  ASSERT_EQ(outcome.status, 0) << outcome.output;
  const fs::path there = out / fs::path(absolute).relative_path().parent_path();
  EXPECT_THAT(contents(there / "outline.troop.js"), Not(HasSubstr("/outline")));
  EXPECT_THAT(contents(there / "outline.troop.js"), Not(HasSubstr("testdata")));
}

TEST_F(CapnpcTroop, saysWhereValuesHaveNoType) {
  const Outcome outcome = compileWrong("generic-value.capnp");
  EXPECT_EQ(outcome.status, 1);
  const std::string what =
      ": a default or constant cannot have a value for value, whose type is a parameter\n";
  EXPECT_THAT(outcome.output, HasSubstr("generic-value.capnp:5: error: User.box" + what));
  EXPECT_THAT(outcome.output, HasSubstr("generic-value.capnp:8: error: full" + what));
  EXPECT_THAT(outcome.output, Not(HasSubstr("empty")));
  EXPECT_TRUE(fs::is_empty(out)) << "half of it was written";
}

TEST_F(CapnpcTroop, saysWhereMethodsCannotBeToldApart) {
  const Outcome outcome = compileWrong("same-name.capnp");
  EXPECT_EQ(outcome.status, 1);
  EXPECT_EQ(outcome.output.substr(0, outcome.output.find("./proxy")),
            "same-name.capnp:6: error: Both: has two methods 'open', of Opener and of Door: "
            "rename one\n"
            "same-name.capnp:10: error: Reopener.open: has two methods 'open', of Opener and of "
            "Reopener: rename one\n");
}

TEST_F(CapnpcTroop, saysWhereDefaultsContainThemselves) {
  const Outcome outcome = compileWrong("recursive-default.capnp");
  EXPECT_EQ(outcome.status, 1);
  const std::string what = ": a field whose struct contains this one cannot have a default value\n";
  EXPECT_THAT(outcome.output, HasSubstr("recursive-default.capnp:4: error: Tree.left" + what));
  EXPECT_THAT(outcome.output, HasSubstr("recursive-default.capnp:6: error: Tree.others" + what));
  EXPECT_THAT(outcome.output, Not(HasSubstr("Tree.fine")));
}

TEST_F(CapnpcTroop, saysWhichFilesUseEachOtherInACircle) {
  const Outcome outcome = compileWrong("circle-a.capnp");
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.output,
              HasSubstr("circle-a.capnp:1: error: files use each other in a circle, circle-a.capnp "
                        "-> circle-b.capnp -> circle-c.capnp -> circle-a.capnp: put what they "
                        "share into a file of its own\n"));
}

TEST_F(CapnpcTroop, namesNoLineWithoutTheSource) {
  const std::string request = folder / "request";
  const std::string schema = testdata / "wrong/generic-value.capnp";
  const Outcome compiled = run("{ capnp compile -o- --src-prefix=" + (testdata / "wrong").string() +
                               " " + schema + " >" + request + "; }");
  ASSERT_EQ(compiled.status, 0) << compiled.output;
  const std::string program = fs::absolute("proxy/compiler/capnpc-troop");
  const Outcome outcome = run("cd / && { " + program + " <" + request + "; }");
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.output, HasSubstr("generic-value.capnp: error: User.box: "));
}

TEST_F(CapnpcTroop, explainsItself) {
  const Outcome help = run("proxy/compiler/capnpc-troop --help");
  EXPECT_EQ(help.status, 0);
  EXPECT_THAT(help.output, HasSubstr("capnp compile -otroop"));
  EXPECT_THAT(help.output, HasSubstr("capnpc-troop-js"));
  const Outcome wrong = run("proxy/compiler/capnpc-troop --languages=js");
  EXPECT_EQ(wrong.status, 1);
  EXPECT_THAT(wrong.output, HasSubstr("takes no arguments but --help"));
}

TEST_F(CapnpcTroop, refusesALanguageItDoesNotKnow) {
  fs::create_symlink(fs::absolute("proxy/compiler/capnpc-troop"), folder / "capnpc-troop-cobol");
  const Outcome outcome = run((folder / "capnpc-troop-cobol").string() + " </dev/null");
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.output, HasSubstr("no language is called 'cobol'"));
}

TEST_F(CapnpcTroop, refusesWhatIsNoRequest) {
  for (const char* input : {"</dev/null", "<proxy/compiler/capnpc-troop"}) {
    const Outcome outcome = run(std::string("proxy/compiler/capnpc-troop ") + input);
    EXPECT_EQ(outcome.status, 1);
    EXPECT_THAT(outcome.output, HasSubstr("the request is malformed: "));
  }
}

TEST_F(CapnpcTroop, saysWhatItCannotWrite) {
  fs::create_directories(out / "shared.troop.h");
  const Outcome outcome = compile("capnpc-troop-cpp", testdata / "shared.capnp");
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.output, HasSubstr("cannot write shared.troop.h"));
}

}  // namespace
}  // namespace troop::proxy::compiler
