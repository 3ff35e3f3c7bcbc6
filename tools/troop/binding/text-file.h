// Files that commands read, and those that they write into a plugin's folder.
//
//   Expected<std::string> text = readTextFile("greeter/troop.toml", 1 << 20);
//   writeTextFile("greeter/greeter.js", text);
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#include "runtime/error.h"

namespace troop::binding {

// The text of a plain file of at most `bytesMax`. Where it has none, the Error's reason says why,
// and leaves naming the file to the caller: "no such file", "a folder, no file". Never waits, as
// opening a pipe would.
Expected<std::string> readTextFile(const std::filesystem::path& file, std::size_t bytesMax);

enum class Change { none, written };

// Writes a file, and the folders above it, unless it has that text already. Throws an Error where
// it cannot.
Change writeTextFile(const std::filesystem::path& file, std::string_view text);

}  // namespace troop::binding
