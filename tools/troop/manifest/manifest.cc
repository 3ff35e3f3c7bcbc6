#include "tools/troop/manifest/manifest.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <system_error>

#include "tools/troop/manifest/grant-order.h"
#include "tools/troop/manifest/job-section.h"
#include "tools/troop/manifest/section.h"
#include "tools/troop/manifest/troop-section.h"

namespace troop::manifest {
namespace {

constexpr std::size_t manifestBytesMax = 1 << 20;
constexpr std::size_t troopsMax = 1000;

std::string readText(const std::filesystem::path& file, Problems& problems) {
  std::error_code status;
  if (!std::filesystem::is_regular_file(file, status)) {
    problems.add({}, "no such file; 'troop run' and 'troop check' take the path of a manifest");
    throw ManifestError(problems);
  }
  std::ifstream stream(file, std::ios::binary);
  std::string text(manifestBytesMax + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(stream.gcount()));
  if (stream.bad() || !stream.is_open()) problems.add({}, "the file cannot be read");
  if (text.size() > manifestBytesMax)
    problems.add({}, "the file is over 1 MiB; a manifest is less");
  if (!problems.none()) throw ManifestError(problems);
  return text;
}

// What toml++ says, without its stock phrase, and what would be right where that is not plain.
std::string describe(const toml::parse_error& error) {
  constexpr std::string_view phrase = "Error while parsing ";
  std::string_view said = error.description();
  if (said.starts_with(phrase)) said.remove_prefix(phrase.size());
  const bool twice = said.find("cannot redefine") != std::string_view::npos;
  return fmt::format("not TOML, in a {}{}", said, twice ? "; each may stand only once" : "");
}

toml::table parse(const std::string& text, Problems& problems) {
  try {
    return toml::parse(text);
  } catch (const toml::parse_error& error) {
    // The parser stops at the first mistake of this kind: what follows it has no meaning.
    problems.add(placeOf(error.source()), describe(error));
    throw ManifestError(problems);
  }
}

std::vector<TroopEntry> readTroops(Section& document, const Folders& folders, Problems& problems) {
  std::vector<TroopEntry> entries;
  document.require("troop", "a manifest has a section [troop.NAME] for each troop");
  auto troops = document.section("troop", "'troop'");
  if (!troops) return entries;
  const auto names = troops->keysLeft();
  if (names.empty()) problems.add(troops->place(), "no troop; [troop.NAME] begins one");
  if (names.size() > troopsMax) {
    problems.add(names[troopsMax].place, fmt::format("more than {} troops", troopsMax));
    return entries;
  }
  Schemas schemas;
  for (const auto& name : names) {
    auto section = troops->section(name.value, fmt::format("troop {}", shown(name.value)));
    if (section) entries.push_back(readTroop(*section, name, folders, schemas, entries));
  }
  return entries;
}

}  // namespace

std::string_view name(Tier tier) {
  switch (tier) {
    case Tier::wasm:
      return "wasm";
  }
  return "";
}

const TroopEntry* Manifest::find(std::string_view troop) const noexcept {
  const auto found = std::find_if(troops.begin(), troops.end(), [&](const TroopEntry& entry) {
    return entry.name.value == troop;
  });
  return found == troops.end() ? nullptr : &*found;
}

Manifest readManifest(const std::filesystem::path& file, const JobInterfaces& interfaces) {
  Problems problems(file.native());
  const std::string text = readText(file, problems);
  const toml::table table = parse(text, problems);
  const std::filesystem::path folder = file.parent_path();

  Manifest manifest;
  manifest.file = file;
  Section document(table, "the manifest", Place{}, problems);
  Folders folders{.manifest = folder, .built = {}};
  if (const auto built = document.text("built")) folders.built = folder / built->value;
  manifest.troops = readTroops(document, folders, problems);
  orderByGrants(manifest.troops, problems);
  if (auto jobs = document.section("job", "'job'")) {
    if (auto job = jobs->section("documents", "the job 'documents'")) {
      manifest.documents = readDocumentsJob(*job, folder, manifest.troops, interfaces);
    }
    jobs->end();
  }
  document.end();
  if (!problems.none()) throw ManifestError(problems);
  return manifest;
}

}  // namespace troop::manifest
