// The examples of the documentation, built and run, and the generated files that stand beside them.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tools/troop/testing/subprocess.h"

namespace troop::tests {
namespace {

using command::Finished;
using command::Subprocess;

std::string textOf(const std::filesystem::path& file) {
  std::ostringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  return text.str();
}

TEST(Examples, embeddingProgramCallsTheFirstPlugin) {
  const Finished finished =
      Subprocess({"docs/examples/embed/embed", "docs/examples/first-plugin/greeter.js", "world"})
          .wait();
  EXPECT_EQ(finished.exitCode, 0) << finished.errors;
  EXPECT_EQ(finished.output, "Hello, world!\n");
}

TEST(Examples, embeddingProgramSaysWhatBecameOfAPlugin) {
  const Finished finished =
      Subprocess({"docs/examples/embed/embed", "tests/attack/memory-bomb.js", "world"}).wait();
  EXPECT_EQ(finished.exitCode, 1);
  EXPECT_TRUE(finished.output.empty());
  EXPECT_NE(finished.errors.find("killed: memory 16 MiB reached"), std::string::npos)
      << finished.errors;
}

TEST(Examples, firstPluginHasARightManifest) {
  const Finished finished =
      Subprocess({"tools/troop/troop", "check", "docs/examples/first-plugin/troop.toml"}).wait();
  EXPECT_EQ(finished.exitCode, 0) << finished.errors;
  EXPECT_EQ(finished.output, "docs/examples/first-plugin/troop.toml: ok, 1 troop\n");
}

// What the README shows is what is built and run here.
TEST(Examples, areThoseOfTheReadme) {
  const std::string readme = textOf("README.md");
  for (const char* file :
       {"docs/examples/first-plugin/greeter.capnp", "docs/examples/first-plugin/greeter.js",
        "docs/examples/first-plugin/troop.toml", "docs/examples/embed/embed.cc"}) {
    const std::string text = textOf(file);
    ASSERT_FALSE(text.empty()) << file;
    EXPECT_NE(readme.find("\n" + text + "```\n"), std::string::npos) << file;
  }
}

// As short as the documentation says that they are.
TEST(Examples, areShort) {
  const auto lines = [](const std::filesystem::path& file) {
    const std::string text = textOf(file);
    return std::count(text.begin(), text.end(), '\n');
  };
  EXPECT_LE(lines("docs/examples/first-plugin/greeter.capnp") +
                lines("docs/examples/first-plugin/greeter.js") +
                lines("docs/examples/first-plugin/troop.toml"),
            20);
  EXPECT_LE(lines("docs/examples/embed/embed.cc"), 30);
}

// The JavaScript that is generated from a schema, and its types, stand beside the plugins, so that
// they run as they are in a checkout.
struct Binding {
  const char* name;
  const char* schemaFolder;
  const char* pluginFolder;
};

class GeneratedBindings : public testing::TestWithParam<Binding> {};

TEST_P(GeneratedBindings, areThoseOfTheirSchema) {
  const Binding& binding = GetParam();
  const std::filesystem::path schemas = binding.schemaFolder;
  std::string folder = testing::TempDir() + "bindings-XXXXXX";
  ASSERT_NE(mkdtemp(folder.data()), nullptr);
  const std::string schema = schemas / (std::string(binding.name) + ".capnp");
  const Finished finished =
      Subprocess({"capnp", "compile", "-oproxy/compiler/capnpc-troop-js:" + folder,
                  "--src-prefix=" + schemas.native(), schema})
          .wait();
  ASSERT_EQ(finished.exitCode, 0) << finished.errors;
  for (const char* kind : {".troop.js", ".troop.d.ts"}) {
    const std::string file = std::string(binding.name) + kind;
    EXPECT_EQ(textOf(std::filesystem::path(binding.pluginFolder) / file),
              textOf(std::filesystem::path(folder) / file))
        << "write it anew: capnp compile -ocapnpc-troop-js:" << binding.pluginFolder
        << " --src-prefix=" << binding.schemaFolder << " " << schema;
  }
  std::filesystem::remove_all(folder);
}

INSTANTIATE_TEST_SUITE_P(
    Examples, GeneratedBindings,
    testing::Values(Binding{"markdown", "proto", "docs/examples/plugins"},
                    Binding{"outline", "proto", "docs/examples/plugins"},
                    Binding{"greeter", "docs/examples/first-plugin", "docs/examples/first-plugin"},
                    Binding{"shapes", "docs/examples/shapes", "docs/examples/shapes"}),
    [](const auto& binding) { return std::string(binding.param.name); });

}  // namespace
}  // namespace troop::tests
