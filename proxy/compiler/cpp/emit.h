// Writes C++ for a schema file: proxies, targets and value types. For hosts they stand on
// //proxy:generated, for guests on sandbox/sdk/cpp.
#pragma once

#include <vector>

#include "proxy/compiler/writing/output-file.h"

namespace troop::proxy::compiler {

std::vector<OutputFile> emitCpp(const File& file);
std::vector<OutputFile> emitGuestCpp(const File& file);

}  // namespace troop::proxy::compiler
