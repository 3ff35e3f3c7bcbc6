#include "proxy/compiler/js/names.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <vector>

#include "proxy/compiler/writing/names.h"
#include "proxy/compiler/writing/output-file.h"

namespace troop::proxy::compiler {
namespace {

// What a module cannot call its own: it uses them.
constexpr std::string_view reservedTypes[] = {"Capability", "Infinity", "NaN", "Target",
                                              "Uint8Array"};
constexpr std::string_view reservedConstants[] = {
    "arguments", "await",      "break",   "case",      "catch",      "class",     "const",
    "continue",  "debugger",   "default", "delete",    "do",         "else",      "enum",
    "eval",      "export",     "extends", "false",     "finally",    "for",       "function",
    "if",        "implements", "import",  "in",        "instanceof", "interface", "let",
    "new",       "null",       "package", "pipelined", "private",    "protected", "public",
    "return",    "static",     "super",   "switch",    "this",       "throw",     "troop",
    "true",      "try",        "typeof",  "undefined", "var",        "void",      "while",
    "with",      "yield"};
// Members of the objects and classes that stand for structs and interfaces.
constexpr std::string_view reservedMembers[] = {
    "Init", "caller",   "arguments", "dataWords", "interfaceId", "length", "members",
    "name", "pipeline", "pointers",  "prototype", "read",        "write"};
// `then` would make a promise of every capability.
constexpr std::string_view reservedMethods[] = {"constructor", "release",  "then",
                                                "toJSON",      "toString", "valueOf"};
constexpr std::string_view reservedPipelined[] = {"catch", "constructor", "finally", "then"};
constexpr std::string_view reservedInUnion[] = {"which"};

}  // namespace

std::string JsNames::exported(const Declaration& declaration) {
  if (declaration.parent != nullptr) return flatName(declaration);
  const bool isConstant = dynamic_cast<const Constant*>(&declaration) != nullptr;
  return isConstant ? escaped(declaration.name, reservedConstants)
                    : escaped(declaration.name, reservedTypes);
}

std::string JsNames::nested(const Declaration& declaration) {
  return escaped(scopedName(declaration), reservedMembers);
}

std::string JsNames::field(const Field& field, const Struct& structure) {
  return structure.unionTag ? escaped(field.name, reservedInUnion) : field.name;
}

std::string JsNames::method(const Method& method) {
  return escaped(method.name, reservedMethods);
}

std::string JsNames::pipelined(const Field& field, const Struct& structure) {
  return escaped(JsNames::field(field, structure), reservedPipelined);
}

std::string JsNames::use(const Declaration& declaration) {
  const std::string name = exported(declaration);
  if (declaration.file == &file_) return name;
  const auto known = imported_.find(&declaration);
  if (known != imported_.end()) return known->second;
  std::string local = name;
  for (unsigned i = 2; !isFree(local); ++i) local = fmt::format("{}_{}", name, i);
  importedNames_.insert(local);
  return imported_.emplace(&declaration, local).first->second;
}

bool JsNames::isFree(const std::string& name) const {
  if (importedNames_.contains(name)) return false;
  const auto declares = [&](const auto& declarations) {
    return std::any_of(declarations.begin(), declarations.end(),
                       [&](const auto* each) { return exported(*each) == name; });
  };
  return !declares(file_.enums) && !declares(file_.structs) && !declares(file_.interfaces) &&
         !declares(file_.constants);
}

void JsNames::writeImports(Writer& writer) const {
  if (!fromTroop_.empty()) {
    writer.block("import { ", {fromTroop_.begin(), fromTroop_.end()}, " } from \"troop\";");
  }
  std::map<std::string, std::vector<std::string>> names;
  const std::filesystem::path here = std::filesystem::path("/" + file_.path).parent_path();
  for (const auto& [declaration, local] : imported_) {
    const std::filesystem::path there = "/" + outputPath(*declaration->file, ".troop.js");
    const std::string relative = there.lexically_relative(here).generic_string();
    const std::string name = exported(*declaration);
    names[relative.starts_with("../") ? relative : "./" + relative].push_back(
        name == local ? name : fmt::format("{} as {}", name, local));
  }
  for (auto& [path, list] : names) {
    std::sort(list.begin(), list.end());
    writer.block("import { ", list, fmt::format(" }} from \"{}\";", path));
  }
}

}  // namespace troop::proxy::compiler
