#include "tools/troop/manifest/troop-section.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <system_error>

#include "tools/troop/manifest/limits-section.h"

namespace troop::manifest {
namespace {

constexpr std::size_t nameBytesMax = 64;
constexpr std::array<std::string_view, 3> permissionNames{"log", "clock", "random"};
constexpr std::array<std::string_view, 1> tierNames{"wasm"};
constexpr std::array<std::string_view, 2> restartNames{"never", "on-death"};

constexpr Range<std::uint64_t> logRateRange{1 << 10, std::uint64_t{1} << 30};
constexpr Range<Duration> clockResolutionRange{Duration(1), 1s};
constexpr Range<std::uint64_t> randomSeedRange{0, 1'000'000'000};
constexpr Range<std::uint64_t> grantedCallsRange{1, 1'000'000'000};
constexpr Range<std::uint64_t> weightRange{1, 10'000};
constexpr Range<Duration> pauseRange{1ms, 1h};

// The kinds of code that the Wasm tier compiles.
constexpr std::array<std::string_view, 4> codeExtensions{".js", ".mjs", ".wasm", ".wat"};

void checkCodeType(Section& section, const std::filesystem::path& code) {
  const std::string extension = code.extension();
  if (std::find(codeExtensions.begin(), codeExtensions.end(), extension) != codeExtensions.end()) {
    return;
  }
  section.problems().add(section.valuePlace("code"),
                         fmt::format("{} is no code that can be hosted; a file ends in one of {}",
                                     shown(code.filename().native()), listed(codeExtensions)));
}

void checkName(const Located<std::string>& name, std::string_view what, Problems& problems) {
  const bool wellFormed = !name.value.empty() && name.value.size() <= nameBytesMax &&
                          std::all_of(name.value.begin(), name.value.end(), [](unsigned char c) {
                            return std::isalnum(c) || c == '-' || c == '_';
                          });
  if (wellFormed) return;
  problems.add(name.place, fmt::format("{} cannot be the name of a {}; a name has 1 to {} letters, "
                                       "digits, '-' and '_'",
                                       shown(name.value), what, nameBytesMax));
}

std::optional<Interface> readServes(Section& section, const std::filesystem::path& folder,
                                    Schemas& schemas) {
  const auto text = section.text("serves");
  if (!text) return std::nullopt;
  const std::size_t colon = text->value.rfind(':');
  if (colon == std::string::npos || colon == 0 || colon + 1 == text->value.size()) {
    section.problems().add(text->place,
                           fmt::format("{} names no interface; \"FILE.capnp:INTERFACE\" is right",
                                       shown(text->value)));
    return std::nullopt;
  }
  Expected<Interface> found = schemas.find(folder / text->value.substr(0, colon),
                                           std::string_view(text->value).substr(colon + 1));
  if (found.failed()) {
    section.problems().add(text->place, found.error().reason());
    return std::nullopt;
  }
  return std::move(found).value();
}

Restart readRestart(Section& section) {
  Restart restart;
  // A table gives the bounds of the pause, text only the policy.
  if (!section.isTable("restart")) {
    if (const auto policy = section.choice("restart", restartNames)) {
      restart.policy = policy->value == 0 ? Restart::Policy::never : Restart::Policy::onDeath;
    }
    return restart;
  }
  auto bounds = section.section("restart", fmt::format("'restart' of {}", section.title()));
  bounds->require("policy", fmt::format("one of {} is right", listed(restartNames)));
  if (const auto policy = bounds->choice("policy", restartNames)) {
    restart.policy = policy->value == 0 ? Restart::Policy::never : Restart::Policy::onDeath;
  }
  const auto pauseMin = bounds->duration("pause-min", pauseRange);
  const auto pauseMax = bounds->duration("pause-max", pauseRange);
  bounds->end();
  if (pauseMin) restart.pauseMin = pauseMin->value;
  restart.pauseMax = pauseMax ? pauseMax->value : std::max(restart.pauseMin, restart.pauseMax);
  if (pauseMax && restart.pauseMin > restart.pauseMax) {
    section.problems().add(pauseMax->place,
                           "'pause-max' is shorter than 'pause-min'; the pause "
                           "grows from the one to the other");
  }
  return restart;
}

TroopGrant readTroopGrant(Section& grant) {
  TroopGrant granted;
  if (const auto troop = grant.text("troop")) granted.troop = *troop;
  if (const auto calls = grant.count("calls", grantedCallsRange)) granted.callsMax = calls->value;
  return granted;
}

std::optional<GrantEntry> readGrant(Section& grants, const Located<std::string>& name) {
  auto grant = grants.section(name.value, fmt::format("grant '{}'", name.value));
  if (!grant) return std::nullopt;
  GrantEntry entry{name, RandomGrant{}};
  if (name.value == "log") {
    const auto rate = grant->rate("rate", logRateRange);
    entry.permission = LogGrant{rate ? rate->value : sandbox::allow::Log{}.bytesPerSecond};
  } else if (name.value == "clock") {
    const auto resolution = grant->duration("resolution", clockResolutionRange);
    entry.permission =
        ClockGrant{resolution ? resolution->value : sandbox::allow::Clock{}.resolution};
  } else if (name.value == "random") {
    const auto seed = grant->count("seed", randomSeedRange);
    entry.permission = RandomGrant{seed ? std::optional(seed->value) : std::nullopt};
  } else if (grant->has("troop")) {
    entry.permission = readTroopGrant(*grant);
  } else {
    grant->problems().add(
        name.place,
        fmt::format("unknown grant {}; a grant is one of {}, or a capability to another troop "
                    "like {{ troop = \"NAME\" }}{}",
                    shown(name.value), listed(permissionNames),
                    suggestion(name.value, permissionNames)));
    return std::nullopt;
  }
  grant->end();
  return entry;
}

std::vector<GrantEntry> readGrants(Section& section) {
  std::vector<GrantEntry> entries;
  auto grants = section.section("grants", fmt::format("the grants of {}", section.title()));
  if (!grants) return entries;
  for (const auto& name : grants->keysLeft()) {
    checkName(name, "grant", section.problems());
    if (auto entry = readGrant(*grants, name)) entries.push_back(std::move(*entry));
  }
  return entries;
}

// What a troop has that is like another, until its own keys replace it.
TroopEntry readLike(Section& section, const std::vector<TroopEntry>& earlier) {
  const auto like = section.text("like");
  if (!like) return {};
  const auto found = std::find_if(earlier.begin(), earlier.end(), [&](const TroopEntry& entry) {
    return entry.name.value == like->value;
  });
  if (found != earlier.end()) return *found;
  section.problems().add(like->place,
                         fmt::format("there is no troop {} above this one, which it could be like",
                                     shown(like->value)));
  return {};
}

}  // namespace

std::optional<std::filesystem::path> readFile(Section& section, std::string_view key,
                                              const Folders& folders) {
  const auto text = section.text(key);
  if (!text) return std::nullopt;
  const std::filesystem::path path = (folders.manifest / text->value).lexically_normal();
  std::error_code status;
  if (std::filesystem::is_regular_file(path, status)) return path;
  const bool exists = std::filesystem::exists(path, status);
  std::string elsewhere;
  if (!exists && !folders.built.empty()) {
    const std::filesystem::path built = (folders.built / text->value).lexically_normal();
    if (std::filesystem::is_regular_file(built, status)) return built;
    elsewhere = fmt::format(", nor {}", shown(built.native()));
  }
  section.problems().add(
      text->place,
      fmt::format("{} {}{}; '{}' is a file's path, relative to the manifest's folder{}",
                  exists ? "not a file:" : "no such file:", shown(path.native()), elsewhere, key,
                  !exists && path.extension() == ".wasm" ? "; has it been built?" : ""));
  return std::nullopt;
}

std::string noSuchTroop(std::string_view name, const std::vector<TroopEntry>& troops) {
  std::vector<std::string_view> names;
  for (const TroopEntry& troop : troops) names.push_back(troop.name.value);
  std::string rest = suggestion(name, names);
  if (rest.empty()) {
    rest = fmt::format("; {} {}", names.size() == 1 ? "the only one is" : "the troops are",
                       listed(names));
  }
  return fmt::format("there is no troop {}{}", shown(name), rest);
}

TroopEntry readTroop(Section& section, Located<std::string> name, const Folders& folders,
                     Schemas& schemas, const std::vector<TroopEntry>& earlier) {
  TroopEntry entry = readLike(section, earlier);
  checkName(name, "troop", section.problems());
  entry.name = std::move(name);
  if (entry.code.empty()) section.require("code", "it names the file of the troop's code");
  if (auto code = readFile(section, "code", folders)) {
    entry.code = std::move(*code);
    checkCodeType(section, entry.code);
  }
  section.choice("tier", tierNames);
  // All are read, present or not, so that those who mistype one are told which there are.
  auto serves = readServes(section, folders.manifest, schemas);
  auto limits = readLimits(section);
  auto grants = readGrants(section);
  const Restart restart = readRestart(section);
  if (section.has("serves")) entry.serves = std::move(serves);
  if (section.has("limits")) entry.limits = limits;
  if (section.has("grants")) entry.grants = std::move(grants);
  if (section.has("restart")) entry.restart = restart;
  if (const auto weight = section.count("weight", weightRange)) {
    entry.weight = static_cast<unsigned>(weight->value);
  }
  section.end();
  return entry;
}

}  // namespace troop::manifest
