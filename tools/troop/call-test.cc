#include "tools/troop/call.h"

#include <csignal>

#include "tools/troop/testing/command-fixture.h"

namespace troop::command {
namespace {

class CallCommand : public CommandTest {
 protected:
  CallCommand() {
    write("greeter.capnp",
          "@0xd0a1b2c3d4e5f6f4;\n"
          "interface Greeter {\n"
          "  greet @0 (name :Text, times :UInt8 = 1) -> (greeting :Text);\n"
          "  fail @1 () -> ();\n"
          "  wait @2 () -> ();\n"
          "  spin @3 () -> ();\n"
          "  missing @4 () -> ();\n"
          "}\n"
          "interface Baker { bake @0 () -> (); }\n");
    write("greeter.js",
          "import { Greeter } from './greeter.troop.js';\n"
          "import { env } from 'troop';\n"
          "export default class extends Greeter.Target {\n"
          "  greet({ name, times }) {\n"
          "    console.log(`greets ${name}`);\n"
          "    return { greeting: `Hello, ${name}!`.repeat(times) };\n"
          "  }\n"
          "  fail() { throw new TypeError('not today'); }\n"
          "  wait() { console.log('waits'); return new Promise(() => {}); }\n"
          "  spin() { for (;;); }\n"
          "}\n");
    manifest_ = write("troop.toml", R"([troop.greeter]
code = "greeter.js"
serves = "greeter.capnp:Greeter"
limits = { cpu-per-call = "100ms" }
grants.log = {}
[troop.broken]
code = "broken.js"
[troop.silent]
code = "plugin.js"
serves = "greeter.capnp:Greeter"
[troop.baker]
code = "greeter.js"
serves = "greeter.capnp:Baker"
)");
    write("broken.js", "throw new Error('nobody needs it');\n");
    EXPECT_EQ(troop({"bind", (folder_ / "greeter.capnp").native()}).exitCode, 0);
  }

  Finished call(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"call", manifest_});
    return troop(arguments);
  }

  std::string manifest_;
};

TEST_F(CallCommand, printsResultsAsJsonAndTheLogApart) {
  const Finished finished = call({"greeter", "greet", R"({"name": "world", "times": 2})"});
  EXPECT_EQ(finished.exitCode, 0) << finished.errors;
  EXPECT_EQ(finished.output, "{\"greeting\":\"Hello, world!Hello, world!\"}\n");
  EXPECT_EQ(finished.errors, "greeter: greets world\n");
}

TEST_F(CallCommand, withoutParametersGivesDefaults) {
  EXPECT_EQ(call({"greeter", "greet"}).output, "{\"greeting\":\"Hello, !\"}\n");
}

TEST_F(CallCommand, saysWhatManyCallsTook) {
  const Finished finished = call({"greeter", "greet", "{}", "--repeat", "20"});
  EXPECT_EQ(finished.exitCode, 0) << finished.errors;
  EXPECT_EQ(finished.output, "{\"greeting\":\"Hello, !\"}\n");
  EXPECT_NE(finished.errors.find("the first of 20 calls was answered "), std::string::npos)
      << finished.errors;
}

TEST_F(CallCommand, aCallThatFailsSaysWhyAndWhatBecameOfTheTroop) {
  const auto failure = [&](const char* method) {
    const Finished finished = call({"greeter", method});
    EXPECT_EQ(finished.exitCode, static_cast<int>(ExitCode::jobFailed));
    EXPECT_TRUE(finished.output.empty());
    return finished.errors;
  };
  EXPECT_EQ(failure("fail"),
            "error: fail of troop 'greeter': TypeError: not today (greeter.js:8:22)\n");
  const std::string spun = failure("spin");
  EXPECT_NE(spun.find("CPU time of a call 100 ms reached"), std::string::npos) << spun;
  const std::string missing = failure("missing");
  EXPECT_NE(missing.find("the plugin does not define missing()"), std::string::npos) << missing;
}

TEST_F(CallCommand, aPluginOfAnotherInterfaceThanItsManifestSaysIsTold) {
  const std::string errors = call({"baker", "bake"}).errors;
  EXPECT_TRUE(errors.ends_with(" has no method 0 here; by its manifest it serves Baker\n"))
      << errors;
}

TEST_F(CallCommand, aPluginThatExportsNothingIsTold) {
  const Finished finished = call({"silent", "greet"});
  EXPECT_EQ(finished.exitCode, static_cast<int>(ExitCode::jobFailed));
  EXPECT_NE(finished.errors.find("the plugin exports no object that could be called"),
            std::string::npos)
      << finished.errors;
}

TEST_F(CallCommand, aWrongCommandLineSaysWhatWouldBeRight) {
  const auto told = [&](std::vector<std::string> arguments) {
    const Finished finished = call(std::move(arguments));
    EXPECT_EQ(finished.exitCode, static_cast<int>(ExitCode::usageWrong)) << finished.errors;
    EXPECT_TRUE(finished.output.empty());
    return finished.errors;
  };
  EXPECT_EQ(told({"greter", "greet"}),
            "error: there is no troop 'greter'; did you mean 'greeter'?\n");
  EXPECT_EQ(told({"broken", "greet"}),
            "error: troop 'broken' serves nothing that could be called; give it 'serves = "
            "\"FILE.capnp:INTERFACE\"'\n");
  EXPECT_EQ(told({"greeter", "gret"}),
            "error: Greeter has no method 'gret'; did you mean 'greet'?\n");
  EXPECT_EQ(told({"greeter", "greet", R"({"name": 5})"}), "error: name must be text in quotes\n");
}

TEST_F(CallCommand, whatIsWrongWithTheManifestIsTold) {
  const Finished finished = troop({"call", (folder_ / "none.toml").native(), "one", "run"});
  EXPECT_EQ(finished.exitCode, static_cast<int>(ExitCode::manifestWrong));
  EXPECT_NE(finished.errors.find("none.toml:1:1: no such file"), std::string::npos);
}

TEST_F(CallCommand, isEndedBySignalsWhileItWaits) {
  Subprocess process({program, "call", manifest_, "greeter", "wait"});
  ASSERT_TRUE(process.waitForErrors("greeter: waits"));
  process.signal(SIGINT);
  const Finished finished = process.wait();
  EXPECT_EQ(finished.exitCode, static_cast<int>(ExitCode::interrupted)) << finished.errors;
}

}  // namespace
}  // namespace troop::command
