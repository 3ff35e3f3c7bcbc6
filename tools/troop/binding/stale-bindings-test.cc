#include "tools/troop/binding/stale-bindings.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "tools/troop/binding/bindings.h"
#include "tools/troop/binding/text-file.h"

namespace troop::binding {
namespace {

class StaleBindings : public ::testing::Test {
 protected:
  StaleBindings() {
    std::string pattern = ::testing::TempDir() + "stale-bindings-XXXXXX";
    folder_ = mkdtemp(pattern.data());
    schema("greet @0 (name :Text) -> (greeting :Text);");
  }
  ~StaleBindings() override { std::filesystem::remove_all(folder_); }

  void schema(const std::string& methods) {
    writeTextFile(folder_ / "some.capnp",
                  "@0xd0a1b2c3d4e5f6ec;\ninterface Some { " + methods + " }\n");
  }
  void bind(std::string_view language, const std::filesystem::path& folder) {
    const Bindings bindings(folder_ / "some.capnp");
    for (const File& file : bindings.files(language)) {
      writeTextFile(folder / file.path, file.text);
    }
  }

  std::filesystem::path folder_;
};

TEST_F(StaleBindings, areThoseThatDoNotFollowTheirSchema) {
  bind("js", folder_);
  bind("guest-cpp", folder_);
  EXPECT_TRUE(staleBindings(folder_ / "some.capnp", folder_).empty());
  schema("greet @0 (name :Text, language :Text) -> (greeting :Text);");
  const auto stale = staleBindings(folder_ / "some.capnp", folder_);
  ASSERT_EQ(stale.size(), 2u);
  EXPECT_EQ(stale[0].file, folder_ / "some.troop.js");
  EXPECT_EQ(stale[0].command, "troop bind " + (folder_ / "some.capnp").native());
  EXPECT_EQ(stale[1].file, folder_ / "some.guest.h");
  EXPECT_EQ(stale[1].command, "troop bind " + (folder_ / "some.capnp").native() + " --lang cpp");
  bind("js", folder_);
  EXPECT_EQ(staleBindings(folder_ / "some.capnp", folder_).size(), 1u);
}

TEST_F(StaleBindings, mayLieElsewhereThanTheirSchema) {
  bind("js", folder_ / "plugin");
  schema("other @0 () -> ();");
  const auto stale = staleBindings(folder_ / "some.capnp", folder_ / "plugin");
  ASSERT_EQ(stale.size(), 1u);
  EXPECT_EQ(stale[0].command, "troop bind " + (folder_ / "some.capnp").native() + " --into " +
                                  (folder_ / "plugin").native());
}

TEST_F(StaleBindings, areNoneWhereThereAreNoBindingsOrNoSchema) {
  EXPECT_TRUE(staleBindings(folder_ / "some.capnp", folder_).empty());
  EXPECT_TRUE(staleBindings(folder_ / "none.capnp", folder_).empty());
}

}  // namespace
}  // namespace troop::binding
