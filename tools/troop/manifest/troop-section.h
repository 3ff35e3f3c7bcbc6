// Reads one table [troop.NAME] of a manifest.
//
// Threads: one at a time. Errors: none thrown; what is wrong is noted in the section's Problems,
// and the entry holds what could be read, so that the rest of the manifest can be checked against
// it.
//
//   TroopEntry entry = readTroop(section, name, "plugins/", schemas);
#pragma once

#include <filesystem>

#include "tools/troop/manifest/manifest.h"
#include "tools/troop/manifest/section.h"

namespace troop::manifest {

// Paths in the section are relative to `folder`.
TroopEntry readTroop(Section& section, Located<std::string> name,
                     const std::filesystem::path& folder, Schemas& schemas);

// The file that `key` names, relative to `folder`; notes it when there is none.
std::optional<std::filesystem::path> readFile(Section& section, std::string_view key,
                                              const std::filesystem::path& folder);

// "there is no troop 'markdwon'; did you mean 'markdown'?"
std::string noSuchTroop(std::string_view name, const std::vector<TroopEntry>& troops);

}  // namespace troop::manifest
