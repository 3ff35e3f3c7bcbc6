#include "proxy/compiler/model/model.h"

#include <fmt/format.h>

#include <algorithm>

namespace troop::proxy::compiler {

bool Type::isPointer() const {
  switch (kind) {
    case Kind::text:
    case Kind::data:
    case Kind::list:
    case Kind::structure:
    case Kind::interface:
    case Kind::capability:
    case Kind::anyPointer:
      return true;
    default:
      return false;
  }
}

bool Type::isInteger() const {
  return kind >= Kind::int8 && kind <= Kind::uint64;
}

std::vector<const Field*> Struct::members() const {
  std::vector<const Field*> found;
  for (const Field& field : fields) {
    if (field.member) found.push_back(&field);
  }
  return found;
}

std::vector<const Interface*> Interface::ancestors() const {
  std::vector<const Interface*> found;
  const auto add = [&](const Interface* interface) {
    if (std::find(found.begin(), found.end(), interface) == found.end()) found.push_back(interface);
  };
  for (const Interface* superclass : superclasses) {
    add(superclass);
    for (const Interface* ancestor : superclass->ancestors()) add(ancestor);
  }
  return found;
}

bool Interface::inherits(const Interface& other) const {
  const std::vector<const Interface*> all = ancestors();
  return std::find(all.begin(), all.end(), &other) != all.end();
}

const Type& innermost(const Type& type) {
  const Type* inner = &type;
  while (inner->kind == Type::Kind::list) inner = inner->element.get();
  return *inner;
}

std::string describe(const Type& type) {
  using Kind = Type::Kind;
  static const std::map<Kind, std::string> names = {{Kind::nothing, "Void"},
                                                    {Kind::boolean, "Bool"},
                                                    {Kind::int8, "Int8"},
                                                    {Kind::int16, "Int16"},
                                                    {Kind::int32, "Int32"},
                                                    {Kind::int64, "Int64"},
                                                    {Kind::uint8, "UInt8"},
                                                    {Kind::uint16, "UInt16"},
                                                    {Kind::uint32, "UInt32"},
                                                    {Kind::uint64, "UInt64"},
                                                    {Kind::float32, "Float32"},
                                                    {Kind::float64, "Float64"},
                                                    {Kind::text, "Text"},
                                                    {Kind::data, "Data"},
                                                    {Kind::capability, "Capability"},
                                                    {Kind::anyPointer, "AnyPointer"}};
  switch (type.kind) {
    case Kind::list:
      return fmt::format("List({})", describe(*type.element));
    case Kind::enumeration:
      return type.enumeration->path;
    case Kind::structure:
      return type.structure->path;
    case Kind::interface:
      return type.interface->path;
    default:
      return names.at(type.kind);
  }
}

namespace {

std::string describe(const Struct& parameters) {
  if (parameters.role == Struct::Role::declared) return parameters.path;
  std::string fields;
  for (const Field& field : parameters.fields) {
    const std::string separator = fields.empty() ? "" : ", ";
    fields += fmt::format("{}{} :{}", separator, field.name, describe(field.type));
  }
  return fmt::format("({})", fields);
}

}  // namespace

std::string describe(const Method& method) {
  const std::string results = method.streaming ? "stream" : describe(*method.results);
  return fmt::format("{} {} -> {}", method.name, describe(*method.params), results);
}

}  // namespace troop::proxy::compiler
