#include "tools/troop/bind.h"

#include "tools/troop/testing/command-fixture.h"

namespace troop::command {
namespace {

class Bind : public CommandTest {
 protected:
  std::string textOf(const std::string& name) const {
    std::ifstream stream(folder_ / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }
  std::string here(const std::string& name) const { return folder_ / name; }
};

constexpr const char* schemaText =
    "@0xd0a1b2c3d4e5f6fc;\nusing Shared = import \"shared.capnp\";\n"
    "interface Some { run @0 (one :Shared.One) -> (); }\n";
constexpr const char* sharedText = "@0xd0a1b2c3d4e5f6fb;\nstruct One { one @0 :Text; }\n";

TEST_F(Bind, writesBindingsOfASchemaAndOfWhatItImports) {
  write("shared.capnp", sharedText);
  const std::string schema = write("some.capnp", schemaText);
  const Finished finished = troop({"bind", schema});
  EXPECT_EQ(finished.exitCode, 0) << finished.errors;
  EXPECT_EQ(finished.output, here("some.troop.js") + ": written\n" + here("some.troop.d.ts") +
                                 ": written\n" + here("shared.troop.js") + ": written\n" +
                                 here("shared.troop.d.ts") + ": written\n");
  EXPECT_NE(textOf("some.troop.js").find("\"./shared.troop.js\""), std::string::npos);
  const Finished again = troop({"bind", schema});
  EXPECT_EQ(again.output.find("written"), std::string::npos) << again.output;
  EXPECT_NE(again.output.find("some.troop.js: as it should be\n"), std::string::npos);
}

TEST_F(Bind, writesForPluginsInCppAndIntoTheirFolder) {
  write("shared.capnp", sharedText);
  const std::string schema = write("some.capnp", schemaText);
  const Finished finished = troop({"bind", schema, "--lang", "cpp", "--into", here("plugin")});
  EXPECT_EQ(finished.exitCode, 0) << finished.errors;
  for (const char* name : {"some.guest.h", "some.guest.cc", "shared.guest.h", "shared.guest.cc"}) {
    EXPECT_FALSE(textOf(std::string("plugin/") + name).empty()) << name;
  }
  EXPECT_FALSE(std::filesystem::exists(folder_ / "some.guest.h"));
}

TEST_F(Bind, namesWhatIsWrong) {
  const auto errors = [](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "bind");
    const Finished finished = troop(arguments);
    EXPECT_EQ(finished.exitCode, static_cast<int>(ExitCode::manifestWrong));
    EXPECT_TRUE(finished.output.empty());
    return finished.errors;
  };
  EXPECT_EQ(errors({here("none.capnp")}),
            "error: the schema '" + here("none.capnp") + "': no such file\n");
  EXPECT_EQ(errors({folder_.native()}),
            "error: the schema '" + folder_.native() + "': a folder, no file\n");
  const std::string broken =
      write("broken.capnp", "@0xd0a1b2c3d4e5f6fe;\nstruct A { a @0 :Tex; }\n");
  EXPECT_NE(errors({broken}).find("broken.capnp:2:"), std::string::npos);
  const std::string generic =
      write("generic.capnp",
            "@0xd0a1b2c3d4e5f6fd;\n\nstruct A(T) { a @0 :T; }\nconst b :A(Text) = (a = \"\");\n");
  EXPECT_NE(errors({generic}).find("generic.capnp:4: error: "), std::string::npos);
  write("shared.capnp", sharedText);
  std::filesystem::create_directory(folder_ / "inner");
  const std::string outside = write(
      "inner/outside.capnp",
      "@0xd0a1b2c3d4e5f6fa;\nusing S = import \"../shared.capnp\";\nstruct A { a @0 :S.One; }\n");
  EXPECT_EQ(errors({outside}),
            "error: the schema is wrong: " + outside +
                ":2:18: Import failed: ../shared.capnp; it lies outside of the schema's folder, " +
                here("inner") +
                "; bindings stand beside each other as their schemas do: put both into one "
                "folder\n" +
                outside + ":3:18: Not defined: S\n");
  const std::string schema = write("some.capnp", schemaText);
  const std::string file = write("file", "");
  EXPECT_EQ(errors({schema, "--into", file}),
            "error: cannot write " + file + "/some.troop.js: Not a directory\n");
}

TEST_F(Bind, writesTheSameOfASchemaWhoeverImportsIt) {
  const std::string shared = write("shared.capnp",
                                   "@0xd0a1b2c3d4e5f6fb;\n"
                                   "interface Last { last @0 () -> (all :List(Late)); }\n"
                                   "struct Early { number @0 :UInt8; }\n"
                                   "struct Late { early @0 :Early; }\n");
  EXPECT_EQ(troop({"bind", shared}).exitCode, 0);
  const std::string alone = textOf("shared.troop.js");
  const std::string user = write("user.capnp",
                                 "@0xd0a1b2c3d4e5f6fa;\n"
                                 "using Shared = import \"shared.capnp\";\n"
                                 "struct User { late @0 :List(Shared.Late); }\n");
  EXPECT_EQ(troop({"bind", user}).exitCode, 0);
  EXPECT_NE(alone, "");
  EXPECT_EQ(textOf("shared.troop.js"), alone);
}

TEST_F(Bind, isNotAtTheMercyOfWhatSchemasSay) {
  const std::string schema =
      write("some.capnp", "@0xd0a1b2c3d4e5f6fc;\nusing S = import \"\x1b[2J\x07\";\n");
  const Finished finished = troop({"bind", schema});
  EXPECT_EQ(finished.exitCode, static_cast<int>(ExitCode::manifestWrong));
  EXPECT_EQ(finished.errors,
            "error: the schema is wrong: " + schema + ":2:18: Import failed:  [2J \n");
}

TEST_F(Bind, tellsThatTheSchemaCompilerIsMissing) {
  write("shared.capnp", sharedText);
  const std::string schema = write("some.capnp", schemaText);
  const std::string absolute = std::filesystem::absolute(program);
  const Finished finished =
      Subprocess({"env", "PATH=" + folder_.native(), absolute, "bind", schema}).wait();
  EXPECT_EQ(finished.exitCode, static_cast<int>(ExitCode::manifestWrong));
  EXPECT_EQ(finished.errors,
            "error: there is no program 'capnp' on the PATH: install the schema compiler of Cap'n "
            "Proto (Debian's package is capnproto)\n");
}

}  // namespace
}  // namespace troop::command
