// Puts the declarations of files in an order in which every one comes after what it needs, and
// marks what contains itself.
#pragma once

#include "proxy/compiler/model/diagnostics.h"
#include "proxy/compiler/model/model.h"

namespace troop::proxy::compiler {

// Sets Field::recursive and Struct::pipelined, and sorts File::structs and File::interfaces.
// Reports defaults of recursive fields, and files that use each other in a circle.
void orderDeclarations(Model& model, Diagnostics& diagnostics);

}  // namespace troop::proxy::compiler
