// Writes C++ for a schema file: proxies, targets and value types, against proxy/.
#pragma once

#include <vector>

#include "proxy/compiler/writing/output-file.h"

namespace troop::proxy::compiler {

std::vector<OutputFile> emitCpp(const File& file);

}  // namespace troop::proxy::compiler
