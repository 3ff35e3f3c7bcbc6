#include "tools/troop/manifest/manifest.h"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>

#include "tools/troop/binding/text-file.h"
#include "tools/troop/manifest/grant-order.h"
#include "tools/troop/manifest/job-section.h"
#include "tools/troop/manifest/section.h"
#include "tools/troop/manifest/troop-section.h"

namespace troop::manifest {
namespace {

constexpr std::size_t manifestBytesMax = 1 << 20;
constexpr std::size_t troopsMax = 1000;

std::string readText(const std::filesystem::path& file, Problems& problems) {
  Expected<std::string> text = binding::readTextFile(file, manifestBytesMax);
  if (text.succeeded()) return std::move(text).value();
  // Plugins have their manifest in their folder.
  std::error_code status;
  const std::filesystem::path inside = file / "troop.toml";
  const bool meant = std::filesystem::is_regular_file(inside, status);
  problems.add({}, text.error().reason() +
                       (meant ? fmt::format("; did you mean {}?", shown(inside.native()))
                              : "; this command takes the path of a manifest, a plain file"));
  throw ManifestError(problems);
}

// What toml++ says, without its stock phrase, and what would be right where that is not plain.
std::string describe(const toml::parse_error& error) {
  constexpr std::string_view phrase = "Error while parsing ";
  const std::string_view said = error.description();
  const auto says = [&](std::string_view part) {
    return said.find(part) != std::string_view::npos;
  };
  if (says("invalid utf-8")) return "not TOML: its text must be UTF-8";
  std::string text = said.starts_with(phrase)
                         ? fmt::format("not TOML, in a {}", said.substr(phrase.size()))
                         : fmt::format("not TOML: {}", said);
  if (says("cannot redefine")) text += "; each may stand only once";
  if (says("could not determine value type")) text += R"(; text stands in quotes, like "text")";
  return text;
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
