// The examples of the documentation, built and run, and the generated files that stand beside them.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/subprocess.h"

namespace troop::tests {
namespace {

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

// The generated JavaScript stands beside the plugins, so that they run as they are in a checkout.
class GeneratedBindings : public testing::TestWithParam<const char*> {};

TEST_P(GeneratedBindings, areThoseOfTheirSchema) {
  const std::filesystem::path schema = std::string("docs/examples/") + GetParam();
  std::string folder = testing::TempDir() + "bindings-XXXXXX";
  ASSERT_NE(mkdtemp(folder.data()), nullptr);
  const Finished finished =
      Subprocess({"capnp", "compile", "-oproxy/compiler/capnpc-troop-js:" + folder,
                  "--src-prefix=" + schema.parent_path().native(), "-I.", schema})
          .wait();
  ASSERT_EQ(finished.exitCode, 0) << finished.errors;
  const std::string name = schema.stem().native() + ".troop.js";
  EXPECT_EQ(textOf(schema.parent_path() / name), textOf(std::filesystem::path(folder) / name))
      << "write it anew with capnp compile -ocapnpc-troop";
  std::filesystem::remove_all(folder);
}

INSTANTIATE_TEST_SUITE_P(Examples, GeneratedBindings,
                         testing::Values("plugins/markdown.capnp", "plugins/outline.capnp",
                                         "first-plugin/greeter.capnp"),
                         [](const auto& schema) {
                           return std::filesystem::path(schema.param).stem().native();
                         });

}  // namespace
}  // namespace troop::tests
