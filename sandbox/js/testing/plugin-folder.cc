#include "sandbox/js/testing/plugin-folder.h"

#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <string>

namespace troop::sandbox::js::testing {

namespace fs = std::filesystem;

PluginFolder::PluginFolder(
    std::initializer_list<std::pair<std::string_view, std::string_view>> files) {
  const char* base = std::getenv("TEST_TMPDIR");
  std::string pattern = std::string(base != nullptr ? base : "/tmp") + "/plugin-XXXXXX";
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("cannot make " + pattern);
  path_ = fs::canonical(pattern);
  for (const auto& [name, content] : files) write(name, content);
}

PluginFolder::~PluginFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

fs::path PluginFolder::write(std::string_view name, std::string_view content) const {
  const fs::path file = path_ / name;
  fs::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << content;
  return file;
}

}  // namespace troop::sandbox::js::testing
