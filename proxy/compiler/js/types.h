// Writes the types of a JavaScript module, for editors and for the TypeScript compiler: what
// reading gives, what may be given, proxies and targets. They stand on sandbox/sdk/js/troop.d.ts.
//
//   jsTypes(file);       // "renderer.troop.d.ts"
#pragma once

#include "proxy/compiler/model/model.h"
#include "proxy/compiler/writing/output-file.h"

namespace troop::proxy::compiler {

OutputFile jsTypes(const File& file);

}  // namespace troop::proxy::compiler
