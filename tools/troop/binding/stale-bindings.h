// Stale bindings: those in a plugin's folder that are not what their schema says any more, so that
// the plugin and who calls it would read each other's messages wrongly.
//
// Threads: one at a time. Errors: none; where bindings cannot be made (the schema compiler is
// missing) nothing can be compared. Limits: finds only what lies where `troop bind` puts it.
//
//   for (const auto& stale : staleBindings("proto/markdown.capnp", "plugins")) mend(stale.file);
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace troop::binding {

struct StaleBinding {
  std::filesystem::path file;
  std::string command;  // what writes it anew: "troop bind proto/markdown.capnp --into plugins"
};

// One for each language whose bindings in `folder` are stale.
std::vector<StaleBinding> staleBindings(const std::filesystem::path& schema,
                                        const std::filesystem::path& folder);

}  // namespace troop::binding
