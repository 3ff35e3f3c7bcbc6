#include "proxy/compiler/js/literals.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <vector>

#include "proxy/compiler/js/names.h"
#include "proxy/compiler/writing/literals.h"

namespace troop::proxy::compiler {
namespace {

using Kind = Type::Kind;

std::string floating(double value, std::string shortest) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value < 0 ? "-Infinity" : "Infinity";
  return shortest;
}

std::string structLiteral(const Value& value, const Struct& structure);
std::string memberLiteral(const Value& value, const Field& field);

std::string bytesLiteral(const Value& value) {
  std::vector<unsigned> bytes;
  if (!value.isNull()) {
    for (const std::byte byte : std::get<std::vector<std::byte>>(value.content)) {
      bytes.push_back(std::to_integer<unsigned>(byte));
    }
  }
  return fmt::format("Uint8Array.of({})", fmt::join(bytes, ", "));
}

std::string listLiteral(const Value& value, const Type& element) {
  std::vector<std::string> elements;
  if (!value.isNull()) {
    for (const Value& each : std::get<Value::List>(value.content)) {
      elements.push_back(jsLiteral(each, element));
    }
  }
  return fmt::format("[{}]", fmt::join(elements, ", "));
}

// An object as read() would make it.
std::string structLiteral(const Value& value, const Struct& structure) {
  static const Value::Members none;
  const Value::Members& given = value.isNull() ? none : std::get<Value::Members>(value.content);
  std::vector<std::string> members;
  for (const Field& field : structure.fields) {
    const auto found = std::find_if(given.begin(), given.end(),
                                    [&](const Value::Member& m) { return m.field == &field; });
    // Without a value at all, a union has its first member.
    const bool inUse =
        !field.member || found != given.end() || (value.isNull() && *field.member == 0);
    if (!inUse) continue;
    if (field.member) members.push_back(fmt::format("which: {}", jsString(field.name)));
    if (field.group == nullptr && field.type.kind == Kind::nothing) continue;
    const Value& member = found == given.end() ? Value() : found->value;
    members.push_back(
        fmt::format("{}: {}", JsNames::field(field, structure), memberLiteral(member, field)));
  }
  return members.empty() ? "{}" : fmt::format("{{ {} }}", fmt::join(members, ", "));
}

std::string memberLiteral(const Value& value, const Field& field) {
  if (field.group != nullptr) return structLiteral(value, *field.group);
  if (!value.isNull()) return jsLiteral(value, field.type);
  if (field.recursive) return "null";
  return jsLiteral(field.defaultValue, field.type);
}

}  // namespace

std::string jsString(std::string_view text) {
  return stringLiteral(text, {[](unsigned char byte) { return fmt::format("\\x{:02x}", byte); },
                              [](unsigned char) { return std::string("\\ufffd"); }});
}

std::string jsLiteral(const Value& value, const Type& type) {
  switch (type.kind) {
    case Kind::nothing:
      return "null";
    case Kind::boolean:
      return std::get<bool>(value.content) ? "true" : "false";
    case Kind::int64:
      return fmt::format("{}n", std::get<std::int64_t>(value.content));
    case Kind::uint64:
      return fmt::format("{}n", std::get<std::uint64_t>(value.content));
    case Kind::float32: {
      const float number = std::get<float>(value.content);
      // As the double that it is: that is what a reader gives.
      return floating(number, fmt::format("{}", static_cast<double>(number)));
    }
    case Kind::float64: {
      const double number = std::get<double>(value.content);
      return floating(number, fmt::format("{}", number));
    }
    case Kind::enumeration: {
      const std::uint64_t ordinal = std::get<std::uint64_t>(value.content);
      const auto& enumerants = type.enumeration->enumerants;
      return ordinal < enumerants.size() ? jsString(enumerants[ordinal].name)
                                         : fmt::format("{}", ordinal);
    }
    case Kind::text:
      return value.isNull() ? "\"\"" : jsString(std::get<std::string>(value.content));
    case Kind::data:
      return bytesLiteral(value);
    case Kind::list:
      return listLiteral(value, *type.element);
    case Kind::structure:
      return structLiteral(value, *type.structure);
    case Kind::interface:
    case Kind::capability:
    case Kind::anyPointer:
      return "null";
    default:
      if (const auto* number = std::get_if<std::int64_t>(&value.content)) {
        return fmt::format("{}", *number);
      }
      return fmt::format("{}", std::get<std::uint64_t>(value.content));
  }
}

std::string jsMask(const Field& field) {
  const auto& content = field.defaultValue.content;
  if (const auto* number = std::get_if<float>(&content)) {
    return fmt::format("0x{:08x}", std::bit_cast<std::uint32_t>(*number));
  }
  if (const auto* number = std::get_if<double>(&content)) {
    return fmt::format("0x{:016x}n", std::bit_cast<std::uint64_t>(*number));
  }
  const std::string_view suffix =
      field.type.kind == Kind::int64 || field.type.kind == Kind::uint64 ? "n" : "";
  if (const auto* number = std::get_if<std::int64_t>(&content)) {
    return fmt::format("{}{}", *number, suffix);
  }
  if (const auto* number = std::get_if<std::uint64_t>(&content)) {
    return fmt::format("{}{}", *number, suffix);
  }
  return "true";
}

}  // namespace troop::proxy::compiler
