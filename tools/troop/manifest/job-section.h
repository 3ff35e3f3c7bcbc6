// Reads the job of a manifest, [job.documents].
//
// Threads: one at a time. Errors: none thrown; what is wrong is noted in the section's Problems.
//
//   manifest.documents = readDocumentsJob(section, "plugins/", manifest.troops, interfaces);
#pragma once

#include <filesystem>
#include <vector>

#include "tools/troop/manifest/manifest.h"
#include "tools/troop/manifest/section.h"

namespace troop::manifest {

// Paths in the section are relative to `folder`; troops that it names must be among `troops`.
DocumentsJob readDocumentsJob(Section& section, const std::filesystem::path& folder,
                              const std::vector<TroopEntry>& troops,
                              const JobInterfaces& interfaces);

}  // namespace troop::manifest
