#include "tools/troop/bindings-check.h"

#include <fmt/format.h>

#include <filesystem>
#include <set>
#include <utility>

#include "tools/troop/binding/stale-bindings.h"

namespace troop::command {
namespace {

using SchemaAndFolder = std::pair<std::filesystem::path, std::filesystem::path>;

void addSchemas(const manifest::Manifest& manifest, const manifest::TroopEntry& entry,
                std::set<SchemaAndFolder>& pairs) {
  const auto add = [&](const manifest::TroopEntry& server) {
    if (server.serves) pairs.insert({server.serves->schema, entry.code.parent_path()});
  };
  add(entry);
  for (const manifest::GrantEntry& grant : entry.grants) {
    const auto* granted = std::get_if<manifest::TroopGrant>(&grant.permission);
    if (granted != nullptr) add(*manifest.find(granted->troop.value));
  }
}

}  // namespace

std::vector<std::string> staleBindings(const manifest::Manifest& manifest) {
  std::set<SchemaAndFolder> pairs;
  for (const manifest::TroopEntry& entry : manifest.troops) addSchemas(manifest, entry, pairs);
  std::vector<std::string> sentences;
  for (const auto& [schema, folder] : pairs) {
    for (const binding::StaleBinding& stale : binding::staleBindings(schema, folder)) {
      sentences.push_back(
          fmt::format("{}: these bindings are not what {} says; write them anew: {}",
                      stale.file.native(), schema.native(), stale.command));
    }
  }
  return sentences;
}

}  // namespace troop::command
