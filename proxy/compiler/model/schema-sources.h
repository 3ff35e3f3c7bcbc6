// SchemaSources tells in which line of a schema file something is declared. The schema compiler
// does not pass lines on to its plugins, so the source is read again, by a scanner that knows
// just enough of the language.
//
// Threads: one. Errors: a source that cannot be found, or a declaration that is not found in it,
// has line 0; nothing else depends on it.
//
//   SchemaSources sources = SchemaSources::ofCaller();
//   sources.line("renderer.capnp", "Renderer.render$Params.markdown");   // 7
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace troop::proxy::compiler {

// The line of each declaration in the text of a schema file, by its path.
using Lines = std::map<std::string, unsigned, std::less<>>;
Lines declarationLines(std::string_view schema);

class SchemaSources {
 public:
  explicit SchemaSources(std::vector<std::filesystem::path> folders)
      : folders_(std::move(folders)) {}

  // Looks where the `capnp compile` that runs this process looks: in its working directory, its
  // --src-prefix and its import paths.
  static SchemaSources ofCaller();

  // The line, or 0. An empty path is the file itself, line 1.
  unsigned line(std::string_view file, std::string_view path);

 private:
  const Lines& linesOf(std::string_view file);

  std::vector<std::filesystem::path> folders_;
  std::map<std::string, Lines, std::less<>> files_;
};

// The folders that a command line of `capnp compile`, run in `directory`, reads schemas from.
std::vector<std::filesystem::path> schemaFolders(const std::vector<std::string>& command,
                                                 const std::filesystem::path& directory);

}  // namespace troop::proxy::compiler
