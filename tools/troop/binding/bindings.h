// Bindings: the code that plugins are written against, made from a schema and from those that it
// imports, as capnpc-troop makes it. Reads schemas with the schema compiler, `capnp`.
//
// Who wrote a schema is not trusted: all work on it is done in worker processes, and begins with
// reading it as manifests do, with nothing in sight but the files beside it
// (tools/troop/schema/schema-folder.h).
//
// Ownership: a value. Threads: one at a time. Limits: 64 schema files, and those of
// schema-folder.h. Errors: an Error whose reason names file and line, or says that `capnp` is
// missing.
//
//   const Bindings bindings("proto/markdown.capnp");
//   for (const auto& file : bindings.files("js")) write(folder / file.path, file.text);
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace troop::binding {

struct File {
  std::string path;  // relative to the plugin's folder, as the schemas lie to each other
  std::string text;
};

class Bindings {
 public:
  explicit Bindings(const std::filesystem::path& schema);

  // In a language of capnpc-troop: "js", "guest-cpp".
  std::vector<File> files(std::string_view language) const;

  // The beginning of a plugin that serves an interface of the schema, "Outer.Inner".
  std::string starter(std::string_view language, std::string_view interface) const;

 private:
  // What generating in a worker leaves, which gets a request and where it was read.
  template <typename Generate>
  std::vector<std::string> generated(const Generate& generate) const;

  std::filesystem::path schema_;
  std::filesystem::path folder_;  // where it really lies
  // What the schema compiler says: of the schema, and of each that it imports.
  std::vector<std::string> requests_;
};

// The language of the bindings of plugins in "js" or "cpp".
std::string_view bindingLanguage(std::string_view plugin);

}  // namespace troop::binding
