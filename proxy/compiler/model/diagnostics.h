// Diagnostics collects what is wrong with schemas, each with its file and line.
//
// Threads: one.
//
//   diagnostics.error(file, "Outer.inner", "generic types are not supported");
//   std::cerr << diagnostics.text();      // "outer.capnp:12: error: generic types are ..."
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace troop::proxy::compiler {

class SchemaSources;

class Diagnostics {
 public:
  explicit Diagnostics(SchemaSources& sources) : sources_(sources) {}

  // `path` is the place in the file: "Outer.Inner.field", "Renderer.render$Params.markdown"; empty
  // for the file itself.
  void error(std::string_view file, std::string_view path, std::string_view what);

  bool empty() const { return entries_.empty(); }
  std::string text() const;  // a line each, by file and line

 private:
  struct Entry {
    std::string file;
    unsigned line;  // 0 if the source of the schema could not be found
    std::string what;
  };

  SchemaSources& sources_;
  std::vector<Entry> entries_;
};

}  // namespace troop::proxy::compiler
