// Any text as a manifest: it is read, or every mistake is told in a line of its own with its place,
// which can be shown as it is.
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "tools/troop/manifest/manifest.h"
#include "tools/troop/manifest/testing/mistake-lines.h"

namespace troop::manifest {
namespace {

constexpr JobInterfaces interfaces{0xc0de000000000001, 0xc0de000000000002, 0xc0de000000000004};

constexpr std::string_view schema = R"(@0xd0c5000000000001;
interface Renderer @0xc0de000000000001 { render @0 (markdown :Text) -> (html :Text); }
interface Parser @0xc0de000000000003 extends(Renderer) { parse @0 () -> (); }
interface Outliner @0xc0de000000000002 { outline @0 () -> (); }
struct Box { interface Inside { open @0 () -> (); } }
)";

// What manifests of the corpus name, and where each input is put.
class Folder {
 public:
  Folder() {
    std::string pattern = std::filesystem::temp_directory_path() / "manifest-fuzz-XXXXXX";
    if (mkdtemp(pattern.data()) == nullptr) std::abort();
    path_ = pattern;
    std::filesystem::create_directory(path_ / "sub");
    write("plugin.js", "export default {};");
    write("plugin.txt", "no code");
    write("job.capnp", schema);
    write("broken.capnp", "@0xd0c5000000000002;\ninterface Broken {\n  open @0 (\n}\n");
    write("README.md", "# hi");
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::filesystem::path write(const char* name, std::string_view text) const {
    std::ofstream(path_ / name, std::ios::binary) << text;
    return path_ / name;
  }

 private:
  std::filesystem::path path_;
};

[[noreturn]] void fail(std::string_view what, std::string_view text) {
  std::fprintf(stderr, "%.*s\n%.*s\n", static_cast<int>(what.size()), what.data(),
               static_cast<int>(text.size()), text.data());
  std::abort();
}

void judge(const Manifest& manifest) {
  for (const TroopEntry& entry : manifest.troops) {
    if (const auto checked = sandbox::check(entry.limits); checked.failed())
      fail("limits that nobody can give", checked.error().reason());
  }
}

}  // namespace
}  // namespace troop::manifest

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count) {
  using namespace troop::manifest;
  static const Folder folder;
  const std::string_view text(reinterpret_cast<const char*>(bytes), count);
  const std::filesystem::path file = folder.write("troop.toml", text);
  try {
    judge(readManifest(file, interfaces));
  } catch (const ManifestError& error) {
    const std::string wrong = mistakeIn(error.reason(), file.native(), text);
    if (!wrong.empty()) fail(wrong, error.reason());
  }
  return 0;
}
