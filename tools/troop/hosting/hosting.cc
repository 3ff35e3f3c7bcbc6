#include "tools/troop/hosting/hosting.h"

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>
#include <variant>

namespace troop::hosting {
namespace {

// How the verdict begins on code that did not compile.
constexpr std::string_view refusedVerdict = "refused: ";

// What is wrong with code, led by its file as the user sees it: compilers of guests know files by
// their names in the plugin's folder.
std::string placed(const std::filesystem::path& code, const std::string& reason) {
  if (reason.starts_with(code.native())) return reason;
  const std::string name = reason.substr(0, reason.find(':'));
  const std::filesystem::path file = (code.parent_path() / name).lexically_normal();
  std::error_code status;
  if (std::filesystem::is_regular_file(file, status))
    return file.native() + reason.substr(name.size());
  return code.native() + ": " + reason;
}

// Makes of an alternative of GrantEntry::permission what spawn() takes.
template <typename... Cases>
struct Match : Cases... {
  using Cases::operator()...;
};

}  // namespace

Hosting::Hosting(const manifest::Manifest& manifest, HostingOptions options)
    : manifest_(manifest),
      options_(std::move(options)),
      host_({.carriers = options_.carriers, .memoryBytesMax = options_.memoryBytesMax}) {}

Hosting::~Hosting() {
  stop("its host has ended");
}

void Hosting::compile() {
  std::string failures;
  for (const manifest::TroopEntry& entry : manifest_.troops) {
    if (images_.contains(entry.code)) continue;
    try {
      images_.emplace(entry.code, host_.compile(entry.code));
    } catch (const Error& error) {
      if (mayBeRefused(entry.name.value)) {
        // Whoever looks at the verdict knows which file it is about.
        const std::string place = entry.code.native() + ": ";
        const std::string& reason = error.reason();
        refusals_[entry.name.value] =
            reason.starts_with(place) ? reason.substr(place.size()) : reason;
        continue;
      }
      failures += placed(entry.code, error.reason()) + " (troop '" + entry.name.value + "')\n";
    }
  }
  if (!failures.empty()) throw CompileError(failures);
}

bool Hosting::mayBeRefused(const std::string& troop) const {
  if (!manifest_.documents) return false;
  const auto& attackers = manifest_.documents->attackers;
  return std::any_of(attackers.begin(), attackers.end(), [&](const auto& attacker) {
    return attacker.troop.value == troop && attacker.verdict.starts_with(refusedVerdict);
  });
}

std::optional<std::string> Hosting::refusal(std::string_view troop) const {
  const auto found = refusals_.find(troop);
  if (found == refusals_.end()) return std::nullopt;
  return std::string(refusedVerdict) + found->second;
}

bool Hosting::started(std::string_view troop) const {
  return std::any_of(troops_.begin(), troops_.end(),
                     [&](const auto& hosted) { return hosted->entry().name.value == troop; });
}

void Hosting::admit() {
  std::vector<Ref<Budget>> reserved;
  std::string refusals;
  for (const manifest::TroopEntry& entry : manifest_.troops) {
    if (refusal(entry.name.value)) continue;
    try {
      reserved.push_back(makeRef<Budget>(host_.process().memory(), entry.limits.memoryBytes,
                                         entry.limits.memoryReserved));
    } catch (const Error& error) {
      if (!refusals.empty()) refusals += '\n';
      refusals += "cannot start '" + entry.name.value + "': " + error.reason();
    }
  }
  if (!refusals.empty()) {
    throw Error(ErrorKind::overloaded, std::move(refusals), ErrorDetail::memory, Executed::no);
  }
}

HostedTroop& Hosting::start(std::string_view troop) {
  const manifest::TroopEntry& entry = *manifest_.find(troop);
  troops_.push_back(
      std::make_unique<HostedTroop>(host_, entry, images_.at(entry.code), grants(entry)));
  troops_.back()->start();
  return *troops_.back();
}

void Hosting::startAll() {
  for (const manifest::TroopEntry& entry : manifest_.troops) start(entry.name.value);
}

HostedTroop& Hosting::find(std::string_view troop) const {
  return **std::find_if(troops_.begin(), troops_.end(),
                        [&](const auto& hosted) { return hosted->entry().name.value == troop; });
}

void Hosting::stop(const std::string& reason) {
  for (auto hosted = troops_.rbegin(); hosted != troops_.rend(); ++hosted) (*hosted)->stop(reason);
}

std::vector<sandbox::Grant> Hosting::grants(const manifest::TroopEntry& entry) {
  std::vector<sandbox::Grant> grants;
  for (const manifest::GrantEntry& grant : entry.grants) {
    const Match match{
        [&](const manifest::LogGrant& log) -> sandbox::Grant {
          return sandbox::allow::Log{.sink = options_.log, .bytesPerSecond = log.bytesPerSecond};
        },
        [](const manifest::ClockGrant& clock) -> sandbox::Grant {
          return sandbox::allow::Clock{.resolution = clock.resolution};
        },
        [](const manifest::RandomGrant& random) -> sandbox::Grant {
          return sandbox::allow::Random{.seed = random.seed};
        },
        [&](const manifest::TroopGrant& troop) -> sandbox::Grant {
          return {grant.name.value, granted(grant.name.value, troop)};
        },
    };
    grants.push_back(std::visit(match, grant.permission));
  }
  return grants;
}

proxy::Capability Hosting::granted(const std::string& name, const manifest::TroopGrant& grant) {
  if (refusal(grant.troop.value)) {
    return proxy::Capability::broken(Error(ErrorKind::disconnected,
                                           "troop '" + grant.troop.value + "' was refused",
                                           ErrorDetail::none, Executed::no));
  }
  auto membrane = makeRef<proxy::Membrane>(name);
  proxy::Capability capability = find(grant.troop.value).capability();
  if (grant.callsMax) return proxy::limitCalls(membrane, capability, *grant.callsMax);
  return membrane->wrap(capability);
}

}  // namespace troop::hosting
