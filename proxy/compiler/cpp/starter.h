// The beginning of a plugin in C++: it serves an interface, and each of its methods answers the
// defaults of its results.
#pragma once

#include <string>

#include "proxy/compiler/model/model.h"

namespace troop::proxy::compiler {

std::string guestCppStarter(const Interface& interface);

}  // namespace troop::proxy::compiler
