// Finds the interfaces that manifests name, "markdown.capnp:Parser", in Cap'n Proto schema files.
//
// Ownership: a Schemas keeps what it has read, each file once. Threads: one at a time. Limits: a
// schema file of at most 1 MiB. Errors: an Error whose reason says what is wrong in the file, or
// which interfaces there are.
//
//   Schemas schemas;
//   Expected<Interface> parser = schemas.find("plugins/markdown.capnp", "Parser");
//   parser->extends(rendererId);   // true: a Parser can be used as a Renderer
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
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

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
};

}  // namespace troop::manifest
