#include "tools/troop/manifest/schemas.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "tools/troop/manifest/nearest-name.h"
#include "tools/troop/manifest/problems.h"

namespace troop::manifest {
namespace {

Error wrong(std::string reason) {
  return Error(ErrorKind::failed, std::move(reason), ErrorDetail::none, Executed::no);
}

void collectInterfaces(const capnp::ParsedSchema& scope, const std::string& prefix,
                       std::vector<std::string>& names) {
  for (const capnp::ParsedSchema& nested : scope.getAllNested()) {
    const std::string name = prefix + nested.getUnqualifiedName().cStr();
    if (nested.getProto().isInterface()) names.push_back(name);
    collectInterfaces(nested, name + ".", names);
  }
}

std::string interfacesText(const capnp::ParsedSchema& file, std::string_view meant) {
  std::vector<std::string> names;
  collectInterfaces(file, "", names);
  const std::vector<std::string_view> views(names.begin(), names.end());
  if (const auto nearest = nearestName(meant, views)) {
    return fmt::format("did you mean '{}'?", *nearest);
  }
  if (names.empty()) return "the file has no interface";
  return fmt::format("its interfaces: {}", fmt::join(names, ", "));
}

void collectIds(capnp::InterfaceSchema interface, std::vector<std::uint64_t>& ids) {
  const std::uint64_t id = interface.getProto().getId();
  if (std::find(ids.begin(), ids.end(), id) != ids.end()) return;
  ids.push_back(id);
  for (const capnp::InterfaceSchema& extended : interface.getSuperclasses()) {
    collectIds(extended, ids);
  }
}

// The declaration that a dotted name leads to.
std::optional<capnp::ParsedSchema> declaration(capnp::ParsedSchema scope, std::string_view name) {
  while (true) {
    const std::size_t dot = name.find('.');
    const std::string part(name.substr(0, dot));
    KJ_IF_MAYBE (nested, scope.findNested(part)) {
      scope = *nested;
    } else {
      return std::nullopt;
    }
    if (dot == std::string_view::npos) return scope;
    name.remove_prefix(dot + 1);
  }
}

}  // namespace

bool Interface::extends(std::uint64_t id) const noexcept {
  return std::find(ids.begin(), ids.end(), id) != ids.end();
}

Expected<capnp::InterfaceSchema> Schemas::schema(const std::filesystem::path& file,
                                                 std::string_view name) {
  Expected<capnp::ParsedSchema> parsed = files_.parse(file);
  if (parsed.failed()) return parsed.error();
  const auto found = declaration(*parsed, name);
  if (!found) {
    return wrong(fmt::format("{} has no interface {}; {}", file.filename().native(), shown(name),
                             interfacesText(*parsed, name)));
  }
  if (!found->getProto().isInterface()) {
    return wrong(fmt::format("{} of {} is no interface; {}", shown(name), file.filename().native(),
                             interfacesText(*parsed, name)));
  }
  return found->asInterface();
}

Expected<Interface> Schemas::find(const std::filesystem::path& file, std::string_view name) {
  Expected<capnp::InterfaceSchema> found = schema(file, name);
  if (found.failed()) return found.error();
  Interface interface{file, std::string(name), {}};
  collectIds(*found, interface.ids);
  return interface;
}

}  // namespace troop::manifest
