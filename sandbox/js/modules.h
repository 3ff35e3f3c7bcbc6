// Modules finds what a plugin imports: what a specifier means to the module that has it, by node's
// rules.
//
//   ./x  ../x        files: as named, or with .js, .mjs, or index.js in a folder of that name
//   name  name/x     packages, by their package.json
//   #x               what the package's own package.json says
// There are no built-in modules but "troop", which the engine has.
//
// Ownership: one image being made. Threads: one at a time. Limits: modulesMax, specifierBytesMax,
// and those of module-files.h and packages.h. Errors: find() fails with a text that begins with
// file, line and column of the import:
//   plugin.js:2:1: cannot find module "./x.js"
//
//   Modules modules("plugins/markdown/plugin.js", "plugins");
//   Expected<Modules::Source> source = modules.find("marked", "plugin.js");
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/error.h"
#include "sandbox/js/module-files.h"
#include "sandbox/js/packages.h"

namespace troop::sandbox::js {

inline constexpr std::size_t modulesMax = 10'000;
// No file system takes longer paths.
inline constexpr std::size_t specifierBytesMax = std::size_t{4} << 10;

class Modules {
 public:
  struct Source {
    std::string_view
        name;  // what errors call it, and how it refers to others; both live as long as the Modules
    std::string_view text;
  };

  // As ModuleFiles.
  Modules(const std::filesystem::path& entry, const std::filesystem::path& root);

  // The plugin's main module.
  Expected<Source> entry();

  // What `specifier` means in the module named `referrer`, which has been found before.
  Expected<Source> find(std::string_view specifier, std::string_view referrer);

 private:
  struct Module {
    std::filesystem::path path;
    std::string text;
  };

  Source keep(ModuleFiles::File file);
  ModuleFiles::File resolve(std::string_view specifier, const Module& referrer);
  std::optional<ModuleFiles::File> fileOrFolderAt(const std::filesystem::path& path);
  ModuleFiles::File fileAt(const std::filesystem::path& path, std::string_view specifier);
  ModuleFiles::File inPackages(std::string_view specifier, const std::filesystem::path& folder);
  ModuleFiles::File internal(std::string_view specifier, const std::filesystem::path& folder);
  ModuleFiles::File inPackage(const std::filesystem::path& folder, std::string_view subpath,
                              std::string_view specifier);
  const Package* packageAt(const std::filesystem::path& folder);
  void refuseCommonJs(const ModuleFiles::File& file, std::string_view specifier);

  ModuleFiles files_;
  std::map<std::string, Module, std::less<>> modules_;  // by name
  // By their folders; none: there is no package.json. Reading one may take a while.
  std::map<std::filesystem::path, std::optional<Package>> packages_;
};

// Where the import of `specifier` begins in a module's text: line and column, from 1. none: it is
// not written there.
struct Position {
  std::size_t line;
  std::size_t column;
  friend bool operator==(const Position&, const Position&) = default;
};
std::optional<Position> positionOfImport(std::string_view text, std::string_view specifier);

}  // namespace troop::sandbox::js
