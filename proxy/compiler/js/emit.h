// Writes a JavaScript module for a schema file, and its types for editors. What it makes stands on
// the module "troop" and on the readers and builders of messages in sandbox/sdk/js.
#pragma once

#include <vector>

#include "proxy/compiler/writing/output-file.h"

namespace troop::proxy::compiler {

std::vector<OutputFile> emitJs(const File& file);

}  // namespace troop::proxy::compiler
