// A language that capnpc-troop writes. A further one is one more emitter and one more row in
// language.cc.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/compiler/model.h"

namespace troop::proxy::compiler {

struct OutputFile {
  std::string path;  // relative to the output folder
  std::string text;
};

struct Language {
  std::string_view name;  // as in capnpc-troop-NAME
  std::string_view outputs;
  std::vector<OutputFile> (*emit)(const File& file);
};

std::span<const Language> languages();

// The path of a file that is written for a schema: "a/b.capnp" and ".troop.h" make "a/b.troop.h".
std::string outputPath(const File& file, std::string_view suffix);

// `name`, with an underscore after it if it is reserved. Names in schemas have no underscores, so
// it is another one's never.
std::string escaped(std::string_view name, std::span<const std::string_view> reserved);

// "render" -> "Render"
std::string capitalized(std::string_view name);

// The name of a declaration in a flat scope: "Outer_Inner", "Renderer_RenderParams". Generated
// structs and classes keep their names where a declared one in the same interface has them too.
std::string flatName(const Declaration& declaration);

// The last part of it.
std::string scopedName(const Declaration& declaration);

}  // namespace troop::proxy::compiler
