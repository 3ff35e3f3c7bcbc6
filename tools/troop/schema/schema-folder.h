// A SchemaFolder is what the schema parser sees of the file system: a schema, the files below its
// folder, and the standard schemas that are imported by an absolute path, "/capnp/c++.capnp".
//
// Whoever wrote a schema chose what it imports and embeds, and may have made links and pipes beside
// it. So only regular files are opened; what counts is where an opened file really lies; and what
// lies outside looks as if it were not there. The schema itself was named by somebody else, and may
// be a link: its folder is where it really lies.
//
// Ownership: files of a SchemaFolder refer to it. Threads: one at a time; parse in a worker
// (sandbox/worker.h), since the parser's stack grows with what it reads. Limits:
// schemaFileBytesMax, schemaFilesBytesMax. Errors: Error, whose reason begins with file and line
// where there is one.
//
//   SchemaFolder folder("plugins/markdown.capnp");
//   capnp::SchemaParser parser;
//   const capnp::ParsedSchema schema = folder.parse(parser, folder.schema());
#pragma once

#include <capnp/schema-parser.h>

#include <cstddef>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sandbox/worker.h"

namespace troop::schema {

inline constexpr std::size_t schemaFileBytesMax = std::size_t{1} << 20;
inline constexpr std::size_t schemaFilesBytesMax = std::size_t{16} << 20;

// For workers that parse.
inline constexpr sandbox::WorkerLimits parseLimits{.cpu = std::chrono::seconds(10),
                                                   .memoryBytes = std::size_t{512} << 20};

class SchemaFolder {
 public:
  // `schema` is relative to the working folder, or absolute. Throws an Error where it is no file.
  explicit SchemaFolder(const std::filesystem::path& schema);

  // Where the schema really lies.
  const std::filesystem::path& folder() const noexcept { return folder_; }
  // Its name there.
  const std::filesystem::path& schema() const noexcept { return schema_; }

  // The schema with this name in the folder, and what it needs of others. A parser that has met a
  // mistake does not tell it again.
  capnp::ParsedSchema parse(const capnp::SchemaParser& parser, const std::filesystem::path& name);

 private:
  class File;

  // A file by its name in a folder, the schemas' own or one of the standard ones; none: there is no
  // regular file that may be read.
  // refusal_ then tells why, where that may be told.
  std::optional<std::string> read(const std::filesystem::path& root,
                                  const std::filesystem::path& name);
  kj::Maybe<kj::Own<capnp::SchemaFile>> import(const File& importer,
                                               const std::filesystem::path& path);
  kj::Maybe<kj::Own<capnp::SchemaFile>> open(const std::filesystem::path& root,
                                             const std::filesystem::path& name);
  std::string shownName(const std::filesystem::path& root, const std::filesystem::path& name) const;

  std::filesystem::path named_;  // the folder as it was named, for errors
  std::filesystem::path folder_;
  std::filesystem::path schema_;
  std::map<std::filesystem::path, std::size_t> bytesRead_;  // of each file; many read one twice
  std::string refusal_;  // why the last import that failed has failed, if there is more to tell
  std::vector<std::string> mistakes_;
};

}  // namespace troop::schema
