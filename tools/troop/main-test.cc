// The command line of `troop` as its users meet it.
#include <sstream>

#include "tools/troop/testing/command-fixture.h"

namespace troop::command {
namespace {

class CommandLine : public CommandTest {};

TEST_F(CommandLine, helpTellsCommandsAndExitCodes) {
  const Finished help = troop({"--help"});
  EXPECT_EQ(help.exitCode, 0);
  for (const char* text : {"run", "check", "--version", "Exit codes: 0 done"}) {
    EXPECT_NE(help.output.find(text), std::string::npos) << text;
  }
  const Finished runHelp = troop({"run", "--help"});
  EXPECT_EQ(runHelp.exitCode, 0);
  for (const char* text :
       {"FILE", "--output FORM", "--seconds-alone SECONDS", "--seconds-attack SECONDS",
        "--carriers NUMBER", "--results FOLDER", "--trace FILE", "SIGQUIT"}) {
    EXPECT_NE(runHelp.output.find(text), std::string::npos) << runHelp.output;
  }
}

TEST_F(CommandLine, helpShowsHowToBegin) {
  EXPECT_NE(troop({"--help"}).output.find("troop new greeter"), std::string::npos);
  const Finished newHelp = troop({"new", "--help"});
  EXPECT_EQ(newHelp.exitCode, 0);
  for (const char* text : {"--lang LANGUAGE", "--schema FILE:INTERFACE", "troop bind",
                           "  troop new greeter --lang cpp\n"}) {
    EXPECT_NE(newHelp.output.find(text), std::string::npos) << newHelp.output;
  }
  const Finished bindHelp = troop({"bind", "--help"});
  EXPECT_EQ(bindHelp.exitCode, 0);
  EXPECT_NE(bindHelp.output.find("  troop bind greeter/greeter.capnp\n"), std::string::npos);
}

TEST_F(CommandLine, helpFitsOnATerminal) {
  for (const char* command : {"new", "bind", "check", "call", "run", "exec"}) {
    std::istringstream lines(troop({command, "--help"}).output);
    for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 81u) << line;
  }
}

TEST_F(CommandLine, versionIsOneLine) {
  const Finished version = troop({"--version"});
  EXPECT_EQ(version.exitCode, 0);
  EXPECT_EQ(version.output.find("troop "), 0u);
  EXPECT_EQ(version.output.find('\n'), version.output.size() - 1);
}

// Files, troops and methods may have any name.
TEST_F(CommandLine, whatFollowsACommandIsNoOther) {
  const Finished check = troop({"check", "run"});
  EXPECT_EQ(check.exitCode, 1);
  EXPECT_EQ(check.errors.find("run:1:1: no such file"), 0u) << check.errors;
  const Finished call = troop({"call", "--", "run", "call", "new", "{}"});
  EXPECT_EQ(call.exitCode, 1);
  EXPECT_EQ(call.errors.find("run:1:1: no such file"), 0u) << call.errors;
}

struct Misuse {
  const char* name;
  std::vector<std::string> arguments;
  const char* said;
};

class WrongUsage : public CommandTest, public ::testing::WithParamInterface<Misuse> {};

TEST_P(WrongUsage, saysWhatIsWrong) {
  const Finished finished = troop(GetParam().arguments);
  EXPECT_EQ(finished.exitCode, 2) << finished.errors;
  EXPECT_NE(finished.errors.find(GetParam().said), std::string::npos) << finished.errors;
  EXPECT_NE(finished.errors.find("--help"), std::string::npos) << finished.errors;
  EXPECT_TRUE(finished.output.empty());
}

INSTANTIATE_TEST_SUITE_P(
    CommandLine, WrongUsage,
    ::testing::Values(
        Misuse{"noCommand", {}, "a command is missing"},
        Misuse{"unknownCommand",
               {"fly"},
               "there is no command 'fly'; the commands are new, bind, check, call, run and exec"},
        Misuse{"twoCommands", {"check", "troop.toml", "exec"}, "exec"},
        Misuse{"execWithoutProgram", {"exec"}, "a program is missing"},
        Misuse{"runWithoutFile", {"run"}, "FILE is required"},
        Misuse{"checkWithoutFile", {"check"}, "FILE is required"},
        Misuse{"newWithoutName", {"new"}, "NAME is required"},
        Misuse{"bindWithoutFile", {"bind"}, "FILE is required"},
        Misuse{"bindForNoLanguage", {"bind", "a.capnp", "--lang", "cobol"}, "cobol"},
        Misuse{"callWithoutTroop", {"call", "troop.toml"}, "TROOP is required"},
        Misuse{"callWithoutMethod", {"call", "troop.toml", "one"}, "METHOD is required"},
        Misuse{"noCall", {"call", "troop.toml", "one", "run", "--repeat", "0"}, "--repeat"},
        Misuse{"unknownForm",
               {"run", "troop.toml", "--output", "xml"},
               "--output: xml not in {table,json}"},
        Misuse{"unknownBounds", {"run", "troop.toml", "--bounds", "no"}, "{enforced,reported}"},
        Misuse{"noCarriers", {"run", "troop.toml", "--carriers", "0"}, "--carriers"},
        Misuse{"noNumber", {"run", "troop.toml", "--seconds-alone", "soon"}, "--seconds-alone"},
        Misuse{"negative", {"run", "troop.toml", "--seconds-attack", "-1"}, "--seconds-attack"},
        Misuse{"tooMuch", {"run", "troop.toml", "more"}, "more"},
        Misuse{"unknownOption", {"check", "troop.toml", "--fast"}, "--fast"}),
    [](const auto& misuse) { return std::string(misuse.param.name); });

}  // namespace
}  // namespace troop::command
