#include "tools/troop/manifest/schemas.h"

#include <capnp/schema-parser.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <span>

#include "sandbox/worker.h"
#include "tools/troop/manifest/nearest-name.h"
#include "tools/troop/manifest/problems.h"
#include "tools/troop/schema/schema-folder.h"

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

capnp::InterfaceSchema interfaceIn(const capnp::ParsedSchema& parsed, std::string_view file,
                                   std::string_view name) {
  const auto found = declaration(parsed, name);
  if (!found) {
    throw wrong(
        fmt::format("{} has no interface {}; {}", file, shown(name), interfacesText(parsed, name)));
  }
  if (!found->getProto().isInterface()) {
    throw wrong(fmt::format("{} of {} is no interface; {}", shown(name), file,
                            interfacesText(parsed, name)));
  }
  return found->asInterface();
}

// In a worker: the ids of an interface, its own first.
sandbox::WorkerResult readIds(const std::filesystem::path& file, std::string_view name) {
  schema::SchemaFolder folder(file);
  const capnp::SchemaParser parser;
  std::vector<std::uint64_t> ids;
  collectIds(interfaceIn(folder.parse(parser, folder.schema()), file.filename().native(), name),
             ids);
  const auto bytes = std::as_bytes(std::span(ids));
  return {bytes.begin(), bytes.end()};
}

Expected<Interface> readInterface(const std::filesystem::path& file, std::string_view name) try {
  const sandbox::WorkerResult bytes =
      sandbox::runInWorker("read", schema::parseLimits, [&] { return readIds(file, name); });
  Interface interface{file, std::string(name), std::vector<std::uint64_t>(bytes.size() / 8)};
  std::memcpy(interface.ids.data(), bytes.data(), interface.ids.size() * 8);
  return interface;
} catch (const Error& error) {
  if (error.kind() == ErrorKind::failed) return error;
  return Error(error.kind(), fmt::format("the schema {} {}", shown(file.native()), error.reason()),
               error.detail(), error.executed());
}

}  // namespace

bool Interface::extends(std::uint64_t id) const noexcept {
  return std::find(ids.begin(), ids.end(), id) != ids.end();
}

struct Schemas::Parsed {
  explicit Parsed(const std::filesystem::path& file) : folder(file) {}

  schema::SchemaFolder folder;
  capnp::SchemaParser parser;
};

Schemas::Schemas() = default;
Schemas::~Schemas() = default;

Expected<Interface> Schemas::find(const std::filesystem::path& file, std::string_view name) {
  Question question(file, name);
  const auto known = answers_.find(question);
  if (known != answers_.end()) return known->second;
  return answers_.emplace(std::move(question), readInterface(file, name)).first->second;
}

Expected<capnp::InterfaceSchema> Schemas::schema(const std::filesystem::path& file,
                                                 std::string_view name) try {
  const Expected<Interface> found = find(file, name);
  if (found.failed()) return found.error();
  auto parsed = std::make_unique<Parsed>(file);
  const capnp::InterfaceSchema interface =
      interfaceIn(parsed->folder.parse(parsed->parser, parsed->folder.schema()),
                  file.filename().native(), name);
  parsed_.push_back(std::move(parsed));
  return interface;
} catch (const Error& error) {
  return error;
}

}  // namespace troop::manifest
