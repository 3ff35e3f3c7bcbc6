// Whether the bindings of a manifest's plugins are what their schemas say.
#pragma once

#include <string>
#include <vector>

#include "tools/troop/manifest/manifest.h"

namespace troop::command {

// A sentence for each file that is not, with the command that writes it anew. Looks beside the code
// of each troop for bindings of what it serves and of what serves those that it is granted.
std::vector<std::string> staleBindings(const manifest::Manifest& manifest);

}  // namespace troop::command
