#include "proxy/compiler/cpp/names.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <map>

#include "proxy/compiler/writing/literals.h"
#include "proxy/compiler/writing/names.h"
#include "proxy/compiler/writing/output-file.h"

namespace troop::proxy::compiler {
namespace {

using Kind = Type::Kind;

// Annotations of capnp/c++.capnp.
constexpr std::uint64_t namespaceAnnotation = 0xb9c6f99ebf805f2c;
constexpr std::uint64_t nameAnnotation = 0xf264a779fef191ce;

// Keywords, and macros that compilers and the headers of the C library define.
constexpr std::string_view reserved[] = {"alignas",       "alignof",      "and",
                                         "and_eq",        "asm",          "assert",
                                         "auto",          "bitand",       "bitor",
                                         "bool",          "break",        "case",
                                         "catch",         "char",         "char16_t",
                                         "char32_t",      "char8_t",      "class",
                                         "co_await",      "co_return",    "co_yield",
                                         "compl",         "concept",      "const",
                                         "const_cast",    "consteval",    "constexpr",
                                         "constinit",     "continue",     "decltype",
                                         "default",       "delete",       "do",
                                         "double",        "dynamic_cast", "else",
                                         "enum",          "errno",        "explicit",
                                         "export",        "extern",       "false",
                                         "float",         "for",          "friend",
                                         "goto",          "if",           "inline",
                                         "int",           "linux",        "long",
                                         "major",         "makedev",      "minor",
                                         "mutable",       "namespace",    "new",
                                         "noexcept",      "not",          "not_eq",
                                         "nullptr",       "operator",     "or",
                                         "or_eq",         "private",      "protected",
                                         "public",        "register",     "reinterpret_cast",
                                         "requires",      "return",       "short",
                                         "signed",        "sizeof",       "static",
                                         "static_assert", "static_cast",  "stderr",
                                         "stdin",         "stdout",       "struct",
                                         "switch",        "template",     "this",
                                         "thread_local",  "throw",        "true",
                                         "try",           "typedef",      "typeid",
                                         "typename",      "union",        "unix",
                                         "unsigned",      "using",        "virtual",
                                         "void",          "volatile",     "wchar_t",
                                         "while",         "xor",          "xor_eq"};
// The rest are macros, and types of the C library.
constexpr std::string_view reservedTypes[] = {"Pipeline", "Target", "Which", "BUFSIZ",   "DIR",
                                              "EOF",      "FILE",   "NAN",   "INFINITY", "NULL"};
// What generated structs, the bases of proxies and targets, and promises have themselves.
constexpr std::string_view reservedFields[] = {"dataWords", "pointers", "read", "readFrom",
                                               "write"};
constexpr std::string_view reservedInUnion[] = {"which"};
constexpr std::string_view reservedMethods[] = {"capability", "dispatch", "interfaceId", "send"};
constexpr std::string_view reservedPipelined[] = {"answer",  "await", "cancel",    "capabilityAt",
                                                  "get",     "group", "onSettled", "pipeline",
                                                  "reading", "ready", "structAt",  "then"};

template <typename Named>
std::string renamed(const Named& named, std::string_view name) {
  const auto found = named.annotations.find(nameAnnotation);
  return escaped(found == named.annotations.end() ? name : found->second, reserved);
}

std::string octal(unsigned char byte) {
  return fmt::format("\\{:03o}", byte);
}

std::string textLiteral(const std::string& text, std::string_view type) {
  std::string literal = stringLiteral(text, {octal, octal});
  // Two question marks may begin a trigraph.
  for (std::size_t at = 0; (at = literal.find("??", at)) != std::string::npos; at += 2) {
    literal.insert(at + 1, "\\");
  }
  const bool cutOff = text.find('\0') != std::string::npos;
  return cutOff ? fmt::format("{}({}, {})", type, literal, text.size()) : literal;
}

template <typename Float>
std::string numberLiteral(Float value, std::string_view type, std::string_view suffix) {
  if (std::isnan(value)) {
    if constexpr (sizeof(Float) == 4) {
      return fmt::format("std::bit_cast<{}>(std::uint32_t{{0x{:08x}}})", type,
                         std::bit_cast<std::uint32_t>(value));
    } else {
      return fmt::format("std::bit_cast<{}>(std::uint64_t{{0x{:016x}}})", type,
                         std::bit_cast<std::uint64_t>(value));
    }
  }
  if (std::isinf(value)) {
    return fmt::format("{}std::numeric_limits<{}>::infinity()", value < 0 ? "-" : "", type);
  }
  return floatLiteral(value) + std::string(suffix);
}

std::string dataLiteral(const std::vector<std::byte>& bytes) {
  std::vector<std::string> elements;
  for (const std::byte byte : bytes) {
    elements.push_back(fmt::format("std::byte{{0x{:02x}}}", std::to_integer<unsigned>(byte)));
  }
  return fmt::format("std::vector<std::byte>{{{}}}", fmt::join(elements, ", "));
}

}  // namespace

CppNames::CppNames(const File& file, CppSide side) : file_(file), side_(side) {
  // Inside a class its aliases, and those of its bases, hide what is outside.
  const auto add = [&](const Declaration& scope) {
    for (const Declaration* nested : scope.nested) aliases_.insert(scoped(*nested));
    aliases_.insert({"Target", "Which", "Pipeline"});
  };
  const auto addInterface = [&](const Interface& interface) {
    add(interface);
    for (const Method& method : interface.methods) {
      const std::string name = capitalized(method.name);
      aliases_.insert({name + "Params", name + "Results", name + "Promise"});
    }
  };
  for (const Struct* structure : file.structs) {
    add(*structure);
    for (const Field& field : structure->fields) {
      if (field.group != nullptr) aliases_.insert(capitalized(field.name));
    }
  }
  for (const Interface* interface : file.interfaces) {
    addInterface(*interface);
    for (const Interface* ancestor : interface->ancestors()) addInterface(*ancestor);
  }
}

std::string CppNames::namespaceOf(const File& file) {
  const auto found = file.annotations.find(namespaceAnnotation);
  return found == file.annotations.end() ? "" : found->second;
}

std::string CppNames::header(const File& file) const {
  return outputPath(file, side_ == CppSide::host ? ".troop.h" : ".guest.h");
}

std::string CppNames::source(const File& file) const {
  return outputPath(file, side_ == CppSide::host ? ".troop.cc" : ".guest.cc");
}

std::string CppNames::library(std::string_view name) const {
  // Inside acme::troop, `troop` would be that.
  const bool hidden = namespaceOf(file_).find("::troop") != std::string::npos;
  return fmt::format("{}troop::{}{}", hidden ? "::" : "", side_ == CppSide::host ? "proxy::" : "",
                     name);
}

std::string CppNames::scoped(const Declaration& declaration) {
  const auto found = declaration.annotations.find(nameAnnotation);
  const std::string name =
      found == declaration.annotations.end() ? scopedName(declaration) : found->second;
  return declaration.parent == nullptr ? escaped(name, reservedTypes) : name;
}

std::string CppNames::flat(const Declaration& declaration) {
  const std::string name = scoped(declaration);
  return declaration.parent == nullptr ? name : flat(*declaration.parent) + "_" + name;
}

std::string CppNames::alias(std::string_view name, const Declaration& scope) {
  return std::string(name) + (name == flat(scope) ? "_" : "");
}

std::string CppNames::made(const Declaration& declaration, std::string_view suffix) {
  return fmt::format("{}_{}", flat(declaration), suffix);
}

std::string CppNames::qualified(const Declaration& declaration, const std::string& name) const {
  const std::string space = namespaceOf(*declaration.file);
  if (space == namespaceOf(file_) && !aliases_.contains(name)) return name;
  return space.empty() ? "::" + name : fmt::format("::{}::{}", space, name);
}

std::string CppNames::use(const Declaration& declaration) const {
  return qualified(declaration, flat(declaration));
}

std::string CppNames::use(const Declaration& declaration, std::string_view suffix) const {
  return qualified(declaration, made(declaration, suffix));
}

std::string CppNames::field(const Field& field, const Struct& structure) {
  const std::string name = escaped(renamed(field, field.name), reservedFields);
  return structure.unionTag ? escaped(name, reservedInUnion) : name;
}

std::string CppNames::member(const Field& field) {
  return renamed(field, field.name);
}

std::string CppNames::enumerant(const Enumerant& enumerant) {
  return renamed(enumerant, enumerant.name);
}

std::string CppNames::method(const Method& method) {
  return escaped(renamed(method, method.name), reservedMethods);
}

std::string CppNames::promise(const Method& method) {
  return made(*method.interface, capitalized(method.name) + "Promise");
}

std::string CppNames::constant(const Constant& constant) {
  const std::string name = renamed(constant, constant.name);
  return constant.parent == nullptr ? name : escaped(name, reservedFields);
}

std::string CppNames::parameter(const Field& field) {
  return escaped(renamed(field, field.name), reservedMethods);
}

std::string CppNames::pipelined(const Field& field, const Struct& structure) {
  return escaped(CppNames::field(field, structure), reservedPipelined);
}

std::string CppNames::local(std::string_view name, const Struct& structure) {
  std::string local(name);
  const auto isTaken = [&](const Field& each) {
    return parameter(each) == local || field(each, structure) == local;
  };
  while (std::any_of(structure.fields.begin(), structure.fields.end(), isTaken)) local += '_';
  return local;
}

std::string CppNames::type(const Type& type) const {
  static const std::map<Kind, std::string> names = {{Kind::boolean, "bool"},
                                                    {Kind::int8, "std::int8_t"},
                                                    {Kind::int16, "std::int16_t"},
                                                    {Kind::int32, "std::int32_t"},
                                                    {Kind::int64, "std::int64_t"},
                                                    {Kind::uint8, "std::uint8_t"},
                                                    {Kind::uint16, "std::uint16_t"},
                                                    {Kind::uint32, "std::uint32_t"},
                                                    {Kind::uint64, "std::uint64_t"},
                                                    {Kind::float32, "float"},
                                                    {Kind::float64, "double"},
                                                    {Kind::text, "std::string"},
                                                    {Kind::data, "std::vector<std::byte>"}};
  switch (type.kind) {
    case Kind::nothing:
      return library("Void");
    case Kind::list:
      return fmt::format("std::vector<{}>", this->type(*type.element));
    case Kind::enumeration:
      return use(*type.enumeration);
    case Kind::structure:
      return use(*type.structure);
    case Kind::interface:
      return use(*type.interface);
    case Kind::capability:
      return library("Capability");
    case Kind::anyPointer:
      return library("AnyPointer");
    default:
      return names.at(type.kind);
  }
}

std::string CppNames::parameterType(const Type& type) const {
  if (type.kind == Kind::text) return "std::string_view";
  if (type.kind == Kind::data) return "std::span<const std::byte>";
  return type.isPointer() ? fmt::format("const {}&", this->type(type)) : this->type(type);
}

std::string CppNames::literal(const Value& value, const Type& type) const {
  switch (type.kind) {
    case Kind::boolean:
      return std::get<bool>(value.content) ? "true" : "false";
    case Kind::int64:
      if (std::get<std::int64_t>(value.content) == std::numeric_limits<std::int64_t>::min()) {
        return "std::numeric_limits<std::int64_t>::min()";
      }
      return fmt::format("{}", std::get<std::int64_t>(value.content));
    case Kind::float32:
      return numberLiteral(std::get<float>(value.content), "float", "f");
    case Kind::float64:
      return numberLiteral(std::get<double>(value.content), "double", "");
    case Kind::enumeration: {
      const std::uint64_t ordinal = std::get<std::uint64_t>(value.content);
      const auto& enumerants = type.enumeration->enumerants;
      if (ordinal >= enumerants.size()) return fmt::format("{}{{{}}}", this->type(type), ordinal);
      return fmt::format("{}::{}", this->type(type), enumerant(enumerants[ordinal]));
    }
    case Kind::text:
      return textLiteral(std::get<std::string>(value.content), "std::string");
    case Kind::data:
      return dataLiteral(std::get<std::vector<std::byte>>(value.content));
    case Kind::list:
      return listLiteral(std::get<Value::List>(value.content), type);
    case Kind::structure:
      return structLiteral(value, *type.structure);
    default:
      if (const auto* number = std::get_if<std::int64_t>(&value.content)) {
        return fmt::format("{}", *number);
      }
      if (const auto* number = std::get_if<std::uint64_t>(&value.content)) {
        return fmt::format("{}{}", *number, type.kind == Kind::uint64 ? "u" : "");
      }
      return "{}";
  }
}

std::string CppNames::textView(const std::string& text) {
  return textLiteral(text, "std::string_view");
}

std::string CppNames::listLiteral(const Value::List& list, const Type& type) const {
  const std::string name = this->type(type);
  if (type.element->kind == Kind::nothing) return fmt::format("{}({})", name, list.size());
  std::vector<std::string> elements;
  for (const Value& element : list) {
    // Elements that are absent have their defaults; braces alone would be ambiguous.
    const bool absent = element.isNull();
    elements.push_back(absent ? this->type(*type.element) + "()" : literal(element, *type.element));
  }
  return fmt::format("{}{{{}}}", name, fmt::join(elements, ", "));
}

std::string CppNames::initializer(const Value& value, const Type& type) const {
  const std::string whole = literal(value, type);
  const std::string name = this->type(type);
  const bool isNamed = type.kind == Kind::list || type.kind == Kind::structure;
  return isNamed && whole.starts_with(name + "{") ? whole.substr(name.size()) : whole;
}

std::string CppNames::structLiteral(const Value& value, const Struct& structure) const {
  std::vector<std::string> members;
  const auto& given = std::get<Value::Members>(value.content);
  for (const Field& field : structure.fields) {
    for (const Value::Member& member : given) {
      if (member.field != &field) continue;
      const std::string name = CppNames::field(field, structure);
      if (field.member) {
        members.push_back(
            fmt::format(".which = {}::Which::{}", use(structure), CppNames::member(field)));
      }
      if (member.value.isNull()) continue;
      const std::string content = field.group != nullptr ? structLiteral(member.value, *field.group)
                                                         : literal(member.value, field.type);
      members.push_back(fmt::format(".{} = {}", name, content));
    }
  }
  return fmt::format("{}{{{}}}", use(structure), fmt::join(members, ", "));
}

}  // namespace troop::proxy::compiler
