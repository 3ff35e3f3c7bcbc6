// Files that commands write into a plugin's folder.
//
//   writeTextFile("greeter/greeter.js", text);
#pragma once

#include <filesystem>
#include <string_view>

namespace troop::binding {

enum class Change { none, written };

// Writes a file, and the folders above it, unless it has that text already. Throws an Error where
// it cannot.
Change writeTextFile(const std::filesystem::path& file, std::string_view text);

}  // namespace troop::binding
