// Comments of schemas as those of JavaScript.
#pragma once

#include <string_view>

#include "proxy/compiler/writing/writer.h"

namespace troop::proxy::compiler {

// Writes `text`, and `last` as a line of its own, as one comment; nothing where both are empty.
void jsDocumentation(Writer& writer, std::string_view text, std::string_view last = {});

}  // namespace troop::proxy::compiler
