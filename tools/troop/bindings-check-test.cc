#include "tools/troop/bindings-check.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "tools/troop/binding/text-file.h"

namespace troop::command {
namespace {

class BindingsCheck : public ::testing::Test {
 protected:
  BindingsCheck() {
    std::string pattern = ::testing::TempDir() + "bindings-check-XXXXXX";
    folder_ = mkdtemp(pattern.data());
    for (const char* file : {"server/plugin.js", "user/plugin.js"}) {
      binding::writeTextFile(folder_ / file, "export {};\n");
    }
    binding::writeTextFile(folder_ / "one.capnp",
                           "@0xd0a1b2c3d4e5f6ea;\ninterface One { run @0 () -> (); }\n");
    binding::writeTextFile(folder_ / "troop.toml", R"([troop.server]
code = "server/plugin.js"
serves = "one.capnp:One"
[troop.user]
code = "user/plugin.js"
grants.one = { troop = "server" }
)");
  }
  ~BindingsCheck() override { std::filesystem::remove_all(folder_); }

  std::vector<std::string> stale() const {
    return staleBindings(manifest::readManifest(folder_ / "troop.toml", {}));
  }

  std::filesystem::path folder_;
};

TEST_F(BindingsCheck, looksBesideThoseWhoServeAndThoseWhoCall) {
  EXPECT_TRUE(stale().empty());
  binding::writeTextFile(folder_ / "server/one.troop.js", "// of long ago\n");
  EXPECT_EQ(stale().size(), 1u);
  binding::writeTextFile(folder_ / "user/one.troop.d.ts", "// of long ago\n");
  const auto sentences = stale();
  ASSERT_EQ(sentences.size(), 2u);
  EXPECT_EQ(sentences[1],
            (folder_ / "user/one.troop.d.ts").native() + ": these bindings are not what " +
                (folder_ / "one.capnp").native() + " says; write them anew: troop bind " +
                (folder_ / "one.capnp").native() + " --into " + (folder_ / "user").native());
}

}  // namespace
}  // namespace troop::command
