// readModel makes the Model of what `capnp compile` hands to its plugins.
//
//   capnp::StreamFdMessageReader message(STDIN_FILENO, options);
//   Model model = readModel(message.getRoot<capnp::schema::CodeGeneratorRequest>(), diagnostics);
#pragma once

#include <capnp/schema.capnp.h>

#include "proxy/compiler/model/diagnostics.h"
#include "proxy/compiler/model/model.h"

namespace troop::proxy::compiler {

Model readModel(capnp::schema::CodeGeneratorRequest::Reader request, Diagnostics& diagnostics);

}  // namespace troop::proxy::compiler
