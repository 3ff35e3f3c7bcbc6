// Finds the interfaces that manifests name, "markdown.capnp:Parser", in Cap'n Proto schema files.
//
// Who wrote a schema is not trusted: it is read in a worker process, and sees no file but those
// beside it (tools/troop/schema/schema-folder.h).
//
// Ownership: a Schemas keeps its answers: each question is worked out once. Threads: one at a time.
// Limits: those of schema-folder.h. Errors: an Error whose reason says what is wrong in the file,
// or which interfaces there are.
//
//   Schemas schemas;
//   Expected<Interface> parser = schemas.find("plugins/markdown.capnp", "Parser");
//   parser->extends(rendererId);   // true: a Parser can be used as a Renderer
#pragma once

#include <capnp/schema.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/error.h"

namespace troop::manifest {

struct Interface {
  std::filesystem::path schema;
  std::string name;
  std::vector<std::uint64_t> ids;  // its own first, then those of all that it extends

  bool extends(std::uint64_t id) const noexcept;
};

class Schemas {
 public:
  Schemas();
  ~Schemas();
  Schemas(const Schemas&) = delete;
  Schemas& operator=(const Schemas&) = delete;

  // `name` may be nested, "Outer.Inner". `file` is relative to the working folder, or absolute.
  Expected<Interface> find(const std::filesystem::path& file, std::string_view name);

  // The same as the schema's own library knows it; lives as long as the Schemas. What a worker has
  // read is read again here.
  Expected<capnp::InterfaceSchema> schema(const std::filesystem::path& file, std::string_view name);

 private:
  struct Parsed;

  using Question = std::pair<std::filesystem::path, std::string>;
  std::map<Question, Expected<Interface>> answers_;
  std::vector<std::unique_ptr<Parsed>> parsed_;
};

}  // namespace troop::manifest
