#include "tools/troop/manifest/schemas.h"

#include <capnp/schema-parser.h>
#include <fmt/format.h>
#include <kj/filesystem.h>

#include <algorithm>
#include <optional>
#include <span>
#include <system_error>

#include "tools/troop/manifest/nearest-name.h"
#include "tools/troop/manifest/problems.h"

namespace troop::manifest {
namespace {

constexpr std::uintmax_t schemaBytesMax = 1 << 20;

// Where `import "/capnp/c++.capnp"` is looked for, as the capnp tool does.
constexpr const char* importFolders[] = {"/usr/local/include", "/usr/include"};

Error wrong(std::string reason) {
  return Error(ErrorKind::failed, std::move(reason), ErrorDetail::none, Executed::no);
}

kj::Path absolutePath(const std::filesystem::path& file) {
  // Without its leading slash, as kj::Path wants it.
  return kj::Path::parse(std::filesystem::absolute(file).lexically_normal().c_str() + 1);
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

struct Schemas::Parser {
  Parser() : disk(kj::newDiskFilesystem()) {
    for (const char* folder : importFolders) {
      KJ_IF_MAYBE (opened, disk->getRoot().tryOpenSubdir(absolutePath(folder))) {
        imports.push_back(kj::mv(*opened));
      }
    }
    for (const auto& folder : imports) importPointers.push_back(folder.get());
  }

  capnp::ParsedSchema parse(const std::filesystem::path& file) {
    return schemas.parseFromDirectory(disk->getRoot(), absolutePath(file),
                                      kj::arrayPtr(importPointers.data(), importPointers.size()));
  }

  kj::Own<kj::Filesystem> disk;
  std::vector<kj::Own<const kj::ReadableDirectory>> imports;
  std::vector<const kj::ReadableDirectory*> importPointers;
  capnp::SchemaParser schemas;
};

Schemas::Schemas() : parser_(std::make_unique<Parser>()) {}
Schemas::~Schemas() = default;

Expected<Interface> Schemas::find(const std::filesystem::path& file, std::string_view name) {
  std::error_code status;
  if (!std::filesystem::is_regular_file(file, status)) {
    return wrong(fmt::format("there is no schema file {}", shown(file.native())));
  }
  if (std::filesystem::file_size(file, status) > schemaBytesMax || status) {
    return wrong(fmt::format("the schema file {} is over 1 MiB", shown(file.native())));
  }
  try {
    const capnp::ParsedSchema parsed = parser_->parse(file);
    const auto found = declaration(parsed, name);
    if (!found) {
      return wrong(fmt::format("{} has no interface {}; {}", file.filename().native(), shown(name),
                               interfacesText(parsed, name)));
    }
    if (!found->getProto().isInterface()) {
      return wrong(fmt::format("{} of {} is no interface; {}", shown(name),
                               file.filename().native(), interfacesText(parsed, name)));
    }
    Interface interface{file, std::string(name), {}};
    collectIds(found->asInterface(), interface.ids);
    return interface;
  } catch (const kj::Exception& error) {
    // KJ shortens paths, so the file's own is told where the mistake is in it and in none that it
    // imports.
    const std::filesystem::path place(error.getFile());
    return wrong(fmt::format("the schema is wrong: {}:{}: {}",
                             (place.filename() == file.filename() ? file : place).native(),
                             error.getLine(), error.getDescription().cStr()));
  }
}

}  // namespace troop::manifest
