#include "tools/troop/new.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <string_view>
#include <system_error>
#include <vector>

#include "runtime/error.h"
#include "tools/troop/binding/bindings.h"
#include "tools/troop/binding/text-file.h"
#include "tools/troop/manifest/schemas.h"
#include "tools/troop/starter/starter.h"
#include "tools/troop/streams.h"

namespace troop::command {
namespace {

using starter::Starter;

constexpr std::size_t nameBytesMax = 64;

[[noreturn]] void refuse(std::string reason) {
  throw Error(ErrorKind::failed, std::move(reason));
}

void checkName(const std::string& name) {
  const auto isWordCharacter = [](unsigned char c) {
    return std::islower(c) != 0 || std::isdigit(c) != 0 || c == '-';
  };
  const bool wellFormed = !name.empty() && name.size() <= nameBytesMax &&
                          std::islower(static_cast<unsigned char>(name.front())) != 0 &&
                          std::all_of(name.begin(), name.end(), isWordCharacter) &&
                          !name.ends_with('-') && name.find("--") == std::string::npos;
  if (wellFormed) return;
  refuse(
      fmt::format("'{}' cannot be the name of a plugin; a name has 1 to {} small letters, digits "
                  "and single '-', and begins with a letter: my-plugin",
                  name, nameBytesMax));
}

// Where its schema lies, seen from the folder of the plugin, and the interface in it.
void readSchema(const NewOptions& options, Starter& plugin) {
  const std::size_t colon = options.schema.rfind(':');
  if (colon == std::string::npos || colon == 0 || colon + 1 == options.schema.size()) {
    refuse(fmt::format("'{}' names no interface; --schema FILE.capnp:INTERFACE is right",
                       options.schema));
  }
  const std::filesystem::path file = options.schema.substr(0, colon);
  plugin.interface = options.schema.substr(colon + 1);
  manifest::Schemas schemas;
  const auto found = schemas.find(file, plugin.interface);
  if (found.failed()) refuse(found.error().reason());
  plugin.schema = std::filesystem::absolute(file).lexically_normal().lexically_relative(
      std::filesystem::absolute(options.folder).lexically_normal());
}

std::vector<binding::File> pluginFiles(const NewOptions& options, Starter& plugin) {
  std::vector<binding::File> files = starter::files(plugin);
  const binding::Bindings bindings(options.folder / plugin.schema);
  const std::string_view language = binding::bindingLanguage(options.language);
  for (binding::File& file : bindings.files(language)) {
    if (file.path.ends_with(".cc")) plugin.sources.push_back(file.path);
    files.push_back(std::move(file));
  }
  std::string code = bindings.starter(language, plugin.interface);
  if (options.schema.empty()) code = starter::greeting(plugin, std::move(code));
  files.push_back({starter::codeFile(plugin), std::move(code)});
  return files;
}

void make(const NewOptions& options) {
  Starter plugin;
  const std::filesystem::path whole = options.folder.lexically_normal();
  plugin.name = whole.has_filename() ? whole.filename() : whole.parent_path().filename();
  checkName(plugin.name);
  plugin.language =
      options.language == "cpp" ? starter::Language::cpp : starter::Language::javascript;
  if (std::filesystem::exists(std::filesystem::symlink_status(options.folder))) {
    refuse(fmt::format("'{}' exists already; choose another name, or remove it",
                       options.folder.native()));
  }
  if (!options.schema.empty()) readSchema(options, plugin);
  std::error_code status;
  std::filesystem::create_directories(options.folder, status);
  if (status) {
    refuse(
        fmt::format("cannot make the folder '{}': {}", options.folder.native(), status.message()));
  }
  try {
    // The schema comes first: bindings are made from it.
    if (options.schema.empty()) {
      const binding::File schema = starter::schemaFile(plugin);
      binding::writeTextFile(options.folder / schema.path, schema.text);
    }
    for (const binding::File& file : pluginFiles(options, plugin)) {
      binding::writeTextFile(options.folder / file.path, file.text);
    }
  } catch (...) {
    std::filesystem::remove_all(options.folder, status);
    throw;
  }
  printResult(starter::nextSteps(plugin, options.folder, options.program));
}

}  // namespace

ExitCode makeNew(const NewOptions& options) {
  try {
    make(options);
    return ExitCode::done;
  } catch (const Error& error) {
    printError("error: " + error.reason() + "\n");
    return ExitCode::manifestWrong;
  }
}

}  // namespace troop::command
