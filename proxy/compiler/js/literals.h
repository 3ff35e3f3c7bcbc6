// Values as JavaScript literals: as readers give them.
#pragma once

#include <string>
#include <string_view>

#include "proxy/compiler/model/model.h"

namespace troop::proxy::compiler {

std::string jsString(std::string_view text);

// `value`, or what stands for null there.
std::string jsLiteral(const Value& value, const Type& type);

// The default of a number, an enum or a Bool as readers and builders take it: its bits.
std::string jsMask(const Field& field);

}  // namespace troop::proxy::compiler
