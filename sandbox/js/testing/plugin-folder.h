// A folder with a plugin's files, removed with all that is in it.
//
//   PluginFolder folder({{"plugin.js", "console.log(1)"}, {"lib/table.js", "export const x =
//   1;"}});
#pragma once

#include <filesystem>
#include <initializer_list>
#include <string_view>
#include <utility>

namespace troop::sandbox::js::testing {

class PluginFolder {
 public:
  PluginFolder(std::initializer_list<std::pair<std::string_view, std::string_view>> files = {});
  ~PluginFolder();
  PluginFolder(const PluginFolder&) = delete;
  PluginFolder& operator=(const PluginFolder&) = delete;

  const std::filesystem::path& path() const noexcept { return path_; }

  // Makes a file, and the folders that it is in; returns its path.
  std::filesystem::path write(std::string_view name, std::string_view content) const;

 private:
  std::filesystem::path path_;
};

}  // namespace troop::sandbox::js::testing
