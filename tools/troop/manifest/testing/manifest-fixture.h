// A test of manifests: a folder with a plugin, a schema and a document, where each test writes its
// own.
//
//   INSTANTIATE_TEST_SUITE_P(Limits, ManifestMistake, ::testing::ValuesIn(mistakes), mistakeName);
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "tools/troop/manifest/manifest.h"

namespace troop::manifest {

inline constexpr JobInterfaces interfaces{0xc0de000000000001, 0xc0de000000000002,
                                          0xc0de000000000004};

inline constexpr std::string_view schema = R"(@0xd0c5000000000001;
interface Renderer @0xc0de000000000001 { render @0 (markdown :Text) -> (html :Text); }
interface Parser @0xc0de000000000003 extends(Renderer) { parse @0 () -> (); }
interface Outliner @0xc0de000000000002 { outline @0 () -> (); }
interface Counter @0xc0de000000000004 { count @0 () -> (); }
struct Box { interface Inside { open @0 () -> (); } }
)";

// A folder with a plugin, a schema and a document, where each test puts its manifest.
class ManifestTest : public ::testing::Test {
 protected:
  ManifestTest() {
    std::string pattern = ::testing::TempDir() + "manifest-XXXXXX";
    folder_ = mkdtemp(pattern.data());
    write("plugin.js", "export default {};");
    write("plugin.txt", "no code");
    write("job.capnp", schema);
    write("broken.capnp", "@0xd0c5000000000002;\ninterface Broken {\n  open @0 (\n}\n");
    write("README.md", "# hi");
    std::filesystem::create_directory(folder_ / "sub");
  }
  ~ManifestTest() override { std::filesystem::remove_all(folder_); }

  void write(const std::string& name, std::string_view text) {
    std::ofstream(folder_ / name, std::ios::binary) << text;
  }

  Manifest read(std::string_view text) {
    write("troop.toml", text);
    return readManifest(folder_ / "troop.toml", interfaces);
  }

  // What is wrong, without the folder's name; nothing where nothing is.
  std::string problemsOf(std::string_view text) {
    try {
      read(text);
      return "";
    } catch (const ManifestError& error) {
      return withoutFolder(error.reason());
    }
  }

  std::string withoutFolder(std::string text) const {
    const std::string prefix = folder_.native() + "/";
    for (auto at = text.find(prefix); at != std::string::npos; at = text.find(prefix)) {
      text.erase(at, prefix.size());
    }
    return text;
  }

  std::filesystem::path folder_;
};

// Each mistake alone: the manifest, and the whole of what is said about it.
struct Mistake {
  const char* name;
  const char* manifest;
  const char* problems;
};

class ManifestMistake : public ManifestTest, public ::testing::WithParamInterface<Mistake> {};

TEST_P(ManifestMistake, isNamedWithItsPlaceAndWhatWouldBeRight) {
  EXPECT_EQ(problemsOf(GetParam().manifest), GetParam().problems);
}

inline std::string mistakeName(const ::testing::TestParamInfo<Mistake>& mistake) {
  return mistake.param.name;
}

}  // namespace troop::manifest
