// SchemaFiles reads Cap'n Proto schema files with what they import, and tells every mistake in them
// by its place.
//
// Ownership: what it has parsed lives as long as it does; each file is read once. Threads: one at a
// time. Limits: files of at most 1 MiB. Errors: an Error (failed) whose reason has a line for each
// mistake, "markdown.capnp:3:18: Not defined: Txt".
//
//   SchemaFiles files;
//   Expected<capnp::ParsedSchema> markdown = files.parse("plugins/markdown.capnp");
#pragma once

#include <capnp/schema-parser.h>

#include <filesystem>
#include <memory>
#include <vector>

#include "runtime/error.h"

namespace troop::manifest {

class SchemaFiles {
 public:
  SchemaFiles();

  // `file` is relative to the working folder, or absolute.
  Expected<capnp::ParsedSchema> parse(const std::filesystem::path& file);

 private:
  // The last one parses. Those before it have met a mistake, which they would not tell again; they
  // are kept for what they had parsed until then.
  std::vector<std::unique_ptr<capnp::SchemaParser>> parsers_;
};

}  // namespace troop::manifest
