// Finds the interfaces that manifests name, "markdown.capnp:Parser", in Cap'n Proto schema files.
//
// Ownership: a Schemas keeps what it has read, each file once; a schema that it gives lives as long
// as it does. Threads: one at a time. Limits: a schema file of at most 1 MiB. Errors: an Error
// whose reason says what is wrong in the file, or which interfaces there are.
//
//   Schemas schemas;
//   Expected<Interface> parser = schemas.find("plugins/markdown.capnp", "Parser");
//   parser->extends(rendererId);   // true: a Parser can be used as a Renderer
#pragma once

#include <capnp/schema.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/error.h"
#include "tools/troop/manifest/schema-files.h"

namespace troop::manifest {

struct Interface {
  std::filesystem::path schema;
  std::string name;
  std::vector<std::uint64_t> ids;  // its own first, then those of all that it extends

  bool extends(std::uint64_t id) const noexcept;
};

class Schemas {
 public:
  // `name` may be nested, "Outer.Inner". `file` is relative to the working folder, or absolute.
  Expected<Interface> find(const std::filesystem::path& file, std::string_view name);

  // The same as the schema's own library knows it.
  Expected<capnp::InterfaceSchema> schema(const std::filesystem::path& file, std::string_view name);

 private:
  SchemaFiles files_;
};

}  // namespace troop::manifest
