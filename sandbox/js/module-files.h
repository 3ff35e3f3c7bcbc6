// ModuleFiles reads the files that a plugin may import, and no others: those below the plugin's own
// folder, and packages in the node_modules folders between it and a root that the host names.
//
// Who wrote the plugin may have made symbolic links in its folder and chosen every path, so what
// counts is where an opened file really lies. Paths that lead outside by name are refused before
// the file system is asked, and a link that leads outside looks like one that leads nowhere, so
// that nothing can be learned about what is there.
//
// Ownership: one image being made. Threads: one at a time. Limits: fileBytesMax, allBytesMax.
// Errors: throws Error (failed) naming the file for what can be found but not read.
//
//   ModuleFiles files("plugins/markdown/plugin.js", "plugins");
//   std::optional<ModuleFiles::File> file = files.read(files.folder() / "table.js");
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace troop::sandbox::js {

inline constexpr std::size_t moduleFileBytesMax = std::size_t{16} << 20;
inline constexpr std::size_t moduleFilesBytesMax = std::size_t{64} << 20;

class ModuleFiles {
 public:
  struct File {
    std::filesystem::path path;  // where it really lies
    std::string text;
  };

  // `entry` is the plugin's main file; `root`, a folder around it, is where looking for packages
  // ends; empty: the folder of the entry. Throws Error where there is no such file, or where it is
  // not below the root.
  ModuleFiles(const std::filesystem::path& entry, const std::filesystem::path& root);

  const std::filesystem::path& entry() const noexcept { return entry_; }
  const std::filesystem::path& folder() const noexcept { return folder_; }

  // The file at an absolute path; none: there is no regular file, or it may not be read.
  std::optional<File> read(const std::filesystem::path& path);

  // Whether the path, by its name, may be read at all.
  bool mayBe(const std::filesystem::path& path) const;

  // The folder of package `name` for modules in `folder`, by node's rules; its files may be read
  // from then on.
  std::optional<std::filesystem::path> packageFolder(const std::filesystem::path& folder,
                                                     std::string_view name);

  // The nearest folder around `folder`, itself included, that has a package.json.
  std::optional<std::filesystem::path> enclosingPackage(std::filesystem::path folder);

  // How errors call a file: its path seen from the plugin's folder.
  std::string nameOf(const std::filesystem::path& path) const;

 private:
  bool isAllowed(const std::filesystem::path& real) const;

  std::filesystem::path root_;
  std::filesystem::path entry_;
  std::filesystem::path folder_;
  std::vector<std::filesystem::path> allowed_;  // folders, as they really lie
  std::size_t bytesRead_ = 0;
};

}  // namespace troop::sandbox::js
