// How emitters make names of those that schemas have.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "proxy/compiler/model/model.h"

namespace troop::proxy::compiler {

// `name`, with an underscore after it if it is reserved. Names in schemas have no underscores, so
// it is another one's never.
std::string escaped(std::string_view name, std::span<const std::string_view> reserved);

// "render" -> "Render"
std::string capitalized(std::string_view name);

// The name of a declaration in a flat scope: "Outer_Inner", "Renderer_RenderParams". Generated
// structs and classes keep their names where a declared one in the same interface has them too.
std::string flatName(const Declaration& declaration);

// The last part of it.
std::string scopedName(const Declaration& declaration);

}  // namespace troop::proxy::compiler
