#include "proxy/compiler/cpp/emit.h"

#include <fmt/format.h>

#include <algorithm>

#include "proxy/compiler/cpp/parts.h"
#include "proxy/compiler/writing/names.h"
#include "proxy/compiler/writing/output-file.h"

namespace troop::proxy::compiler {
namespace {

std::vector<OutputFile> emit(const File& file, CppSide side) {
  const CppNames names(file, side);
  return {{names.header(file), cppHeader(names, file)},
          {names.source(file), cppSource(names, file)}};
}

}  // namespace

std::vector<OutputFile> emitCpp(const File& file) {
  return emit(file, CppSide::host);
}

std::vector<OutputFile> emitGuestCpp(const File& file) {
  return emit(file, CppSide::guest);
}

std::vector<const Method*> cppMethods(const Interface& interface) {
  std::vector<const Method*> methods;
  for (const Method& method : interface.methods) methods.push_back(&method);
  const Interface* base = interface.superclasses.empty() ? nullptr : interface.superclasses[0];
  for (const Interface* ancestor : interface.ancestors()) {
    if (ancestor == base || base->inherits(*ancestor)) continue;
    for (const Method& method : ancestor->methods) methods.push_back(&method);
  }
  return methods;
}

std::string cppPromise(const CppNames& names, const Method& method) {
  if (!method.results->pipelined) {
    return fmt::format("{}<{}>", names.library("Promise"), names.use(*method.results));
  }
  return names.use(*method.interface, capitalized(method.name) + "Promise");
}

bool cppHasPipeline(const Struct& structure) {
  return structure.pipelined && structure.role != Struct::Role::parameters &&
         structure.role != Struct::Role::results;
}

std::string cppPipelined(const CppNames& names, const Field& field) {
  if (field.member) return "";
  if (field.type.isCapability()) return names.type(field.type);
  const Struct* inner = field.group != nullptr                     ? field.group
                        : field.type.kind == Type::Kind::structure ? field.type.structure
                                                                   : nullptr;
  return inner != nullptr && inner->pipelined ? names.use(*inner, "Pipeline") : "";
}

}  // namespace troop::proxy::compiler
