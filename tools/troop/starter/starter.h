// What `troop new` puts into a plugin's folder, and what it says then.
//
// Ownership: values. Threads: any.
//
//   Starter plugin{.name = "greeter", .language = Language::javascript};
//   for (const binding::File& file : files(plugin)) write(file);
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "tools/troop/binding/bindings.h"

namespace troop::starter {

enum class Language { javascript, cpp };

struct Starter {
  std::string name;  // "my-plugin"
  Language language = Language::javascript;
  std::filesystem::path schema{};  // from the plugin's folder
  std::string interface{};
  std::vector<std::string> sources{};  // bindings that are compiled with it
};

// "my-plugin.js"; for C++ the source.
std::string codeFile(const Starter& plugin);

// A schema of its own, with an identifier that no other has. Tells `plugin` of it.
binding::File schemaFile(Starter& plugin);

// `code` with a method that greets, where the schema is its own.
std::string greeting(const Starter& plugin, std::string code);

// All but code, schemas and bindings.
std::vector<binding::File> files(const Starter& plugin);

// What was made, and the commands that come next, as they work where the user is. `program` is how
// they call `troop`.
std::string nextSteps(const Starter& plugin, const std::filesystem::path& folder,
                      const std::string& program);

}  // namespace troop::starter
