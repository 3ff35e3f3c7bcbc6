#include "proxy/compiler/writing/names.h"

#include <algorithm>
#include <cctype>

namespace troop::proxy::compiler {
namespace {

// The names that what is generated for an interface or a struct takes in its scope.
bool isGenerated(const Declaration& scope, std::string_view name) {
  if (const auto* interface = dynamic_cast<const Interface*>(&scope)) {
    if (name == "Target") return true;
    for (const Method& method : interface->methods) {
      const std::string begin = capitalized(method.name);
      if (!name.starts_with(begin)) continue;
      const std::string_view end = name.substr(begin.size());
      if (end == "Params" || end == "Results" || end == "Promise") return true;
    }
    return false;
  }
  return name == "Which" || name == "Pipeline";
}

}  // namespace

std::string escaped(std::string_view name, std::span<const std::string_view> reserved) {
  const bool taken = std::find(reserved.begin(), reserved.end(), name) != reserved.end();
  return std::string(name) + (taken ? "_" : "");
}

std::string capitalized(std::string_view name) {
  std::string result(name);
  result[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(result[0])));
  return result;
}

std::string scopedName(const Declaration& declaration) {
  if (const auto* structure = dynamic_cast<const Struct*>(&declaration)) {
    const std::string begin = structure->parent == nullptr ? "" : capitalized(structure->name);
    if (structure->role == Struct::Role::parameters) return begin + "Params";
    if (structure->role == Struct::Role::results) return begin + "Results";
  }
  const bool taken =
      declaration.parent != nullptr && isGenerated(*declaration.parent, declaration.name);
  return declaration.name + (taken ? "_" : "");
}

std::string flatName(const Declaration& declaration) {
  const std::string name = scopedName(declaration);
  return declaration.parent == nullptr ? name : flatName(*declaration.parent) + "_" + name;
}

}  // namespace troop::proxy::compiler
