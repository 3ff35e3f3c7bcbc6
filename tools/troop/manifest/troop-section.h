// Reads one table [troop.NAME] of a manifest.
//
// Threads: one at a time. Errors: none thrown; what is wrong is noted in the section's Problems,
// and the entry holds what could be read, so that the rest of the manifest can be checked against
// it.
//
//   TroopEntry entry = readTroop(section, name, {.manifest = "plugins/"}, schemas, {});
#pragma once

#include <filesystem>
#include <vector>

#include "tools/troop/manifest/manifest.h"
#include "tools/troop/manifest/section.h"

namespace troop::manifest {

// What paths in a section are relative to: the manifest's folder, or for code that is not there the
// one in which it is made from its source, if there is one.
struct Folders {
  std::filesystem::path manifest;
  std::filesystem::path built;
};

// `earlier` are those that it may be like.
TroopEntry readTroop(Section& section, Located<std::string> name, const Folders& folders,
                     Schemas& schemas, const std::vector<TroopEntry>& earlier);

// The file that `key` names; notes it when there is none.
std::optional<std::filesystem::path> readFile(Section& section, std::string_view key,
                                              const Folders& folders);

// "there is no troop 'markdwon'; did you mean 'markdown'?"
std::string noSuchTroop(std::string_view name, const std::vector<TroopEntry>& troops);

}  // namespace troop::manifest
