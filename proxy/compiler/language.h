// A language that capnpc-troop writes. A further one is one more emitter and one more row in
// language.cc.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "proxy/compiler/model/model.h"
#include "proxy/compiler/writing/output-file.h"

namespace troop::proxy::compiler {

struct Language {
  std::string_view name;  // as in capnpc-troop-NAME
  std::string_view outputs;
  std::vector<OutputFile> (*emit)(const File& file);
};

std::span<const Language> languages();

}  // namespace troop::proxy::compiler
