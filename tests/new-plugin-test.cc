// What `troop new` makes, and the commands that it prints: they work as they stand there.
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <string>
#include <vector>

#include "docs/examples/first-plugin/greeter.troop.h"
#include "sandbox/host.h"
#include "tools/troop/testing/subprocess.h"

namespace troop::tests {
namespace {

using command::Finished;
using command::Subprocess;
using examples::Greeter;

constexpr const char* program = "tools/troop/troop";
constexpr Duration patience = 60s;

std::string textOf(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

// A greeter by whatever identifier its interface has.
class AnyGreeter : public proxy::Proxy {
 public:
  using Proxy::Proxy;

  proxy::Promise<Greeter::GreetResults> greet(std::uint64_t id, const std::string& name) const {
    auto message = proxy::builderFor<Greeter::GreetParams>();
    Greeter::GreetParams{.name = name}.write(message.root());
    return proxy::Promise<Greeter::GreetResults>(send({id, 0}, std::move(message)));
  }
};

class NewPlugin : public testing::Test {
 protected:
  NewPlugin() {
    std::string pattern = testing::TempDir() + "new plugin-XXXXXX";
    folder = mkdtemp(pattern.data());
  }
  ~NewPlugin() override { std::filesystem::remove_all(folder); }

  // Makes it, and keeps the commands that were printed.
  void make(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {program, "new"});
    const Finished made = Subprocess(arguments).wait();
    ASSERT_EQ(made.exitCode, 0) << made.errors;
    std::istringstream lines(made.output);
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with("    ")) commands.push_back(line.substr(4));
    }
  }

  void runCommands() {
    for (const std::string& line : commands) {
      const bool hosts = line.find("/troop run ") != std::string::npos;
      Subprocess process({"sh", "-c", "exec " + line});
      if (hosts) {
        EXPECT_TRUE(process.waitForErrors("1 troop is hosted")) << line;
        process.signal(SIGINT);
      }
      const Finished finished = process.wait();
      EXPECT_EQ(finished.exitCode, hosts ? 130 : 0) << line << "\n" << finished.errors;
      if (line.find("/troop call ") != std::string::npos) {
        EXPECT_EQ(finished.output, "{\"greeting\":\"Hello, world!\"}\n");
      }
    }
  }

  // What the plugin answers to a call, by the identifier that its binding names.
  static std::string greet(const std::filesystem::path& code,
                           const std::filesystem::path& binding) {
    std::smatch id;
    const std::string text = textOf(binding);
    if (!std::regex_search(text, id, std::regex("interfaceId = (0x[0-9a-f]{16})"))) return "no id";
    sandbox::Host host;
    const auto guest =
        host.spawn(host.compile(code), {.name = "new", .limits = {.cpuPerCall = patience}});
    const auto reply = guest.as<AnyGreeter>()
                           .greet(std::strtoull(id[1].str().c_str(), nullptr, 16), "world")
                           .get(patience);
    return reply.succeeded() ? reply->greeting : reply.error().what();
  }

  std::filesystem::path folder;
  std::vector<std::string> commands;
};

TEST_F(NewPlugin, inJavaScriptWorks) {
  make({folder / "my-greeter"});
  EXPECT_EQ(commands.size(), 4u);
  runCommands();
  const std::filesystem::path made = folder / "my-greeter";
  EXPECT_EQ(greet(made / "my-greeter.js", made / "my-greeter.troop.js"), "Hello, world!");
  for (const char* file :
       {"jsconfig.json", "my-greeter.capnp", "my-greeter.troop.d.ts", "troop.d.ts", "troop.toml"}) {
    EXPECT_FALSE(textOf(made / file).empty()) << file;
  }
  EXPECT_EQ(textOf(made / "troop.d.ts"), textOf("sandbox/sdk/js/troop.d.ts"));
}

TEST_F(NewPlugin, inCppWorks) {
  make({folder / "my-greeter", "--lang", "cpp"});
  EXPECT_EQ(commands.size(), 5u);
  runCommands();
  const std::filesystem::path made = folder / "my-greeter";
  EXPECT_EQ(greet(made / "my-greeter.wasm", made / "my-greeter.guest.h"), "Hello, world!");
}

TEST_F(NewPlugin, inCppHearsInAFewLinesWhichMethodIsMissing) {
  make({folder / "greeter", "--lang", "cpp"});
  std::ofstream(folder / "greeter/greeter.cc")
      << "#include \"greeter.guest.h\"\n"
         "class Mine : public greeter_api::Greeter::Target {};\n"
         "TROOP_PLUGIN(Mine)\n";
  // Its own file alone, and no further than that it is wrong.
  std::string look = commands[0] + " -fsyntax-only";
  look.replace(look.find("plugin.cfg"), sizeof "plugin.cfg" - 1, "flags.cfg");
  const Finished built = Subprocess({"sh", "-c", "exec " + look}).wait();
  EXPECT_NE(built.exitCode, 0);
  EXPECT_NE(built.errors.find("unimplemented pure virtual method 'greet' in 'Mine'"),
            std::string::npos)
      << built.errors;
  EXPECT_LT(std::ranges::count(built.errors, '\n'), 30) << built.errors;
}

TEST_F(NewPlugin, inJavaScriptServesASchemaThatExtendsAnother) {
  make({folder / "parser", "--schema", "proto/markdown.capnp:Parser"});
  runCommands();
  EXPECT_NE(textOf(folder / "parser/parser.js").find("render(params)"), std::string::npos);
}

TEST_F(NewPlugin, inCppServesASchemaThatImportsAnother) {
  make({folder / "outline", "--lang", "cpp", "--schema", "proto/outline.capnp:Outliner"});
  runCommands();
}

TEST_F(NewPlugin, takesWhatItsSchemaBecame) {
  make({folder / "greeter"});
  const std::filesystem::path schema = folder / "greeter/greeter.capnp";
  const std::string text = textOf(schema);
  std::ofstream(schema) << text.substr(0, text.rfind('}'))
                        << "  more @1 () -> (count :UInt8);\n}\n";
  commands.erase(commands.begin(), commands.end() - 1);
  runCommands();
  EXPECT_NE(textOf(folder / "greeter/greeter.troop.js").find("more(params)"), std::string::npos);
  EXPECT_NE(textOf(folder / "greeter/greeter.troop.d.ts").find("count: number"), std::string::npos);
}

}  // namespace
}  // namespace troop::tests
