// A Manifest says which troops to host, with what code, limits and grants, and which job to do with
// them. It is read from a TOML file; docs/examples/plugins/troop.toml is a commented example.
//
// Ownership: plain values. Threads: reading from any one thread; values may be shared once read.
// Limits: a file of at most 1 MiB with at most 1,000 troops. Errors: ManifestError, which lists
// every mistake of the file with line and column and what would be right; a manifest that was read
// has none of them.
//
//   Manifest manifest = readManifest("troop.toml", jobInterfaces);
//   for (const TroopEntry& troop : manifest.troops) start(troop);   // granted ones before their
//   holders
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "sandbox/policy.h"
#include "tools/troop/manifest/problems.h"
#include "tools/troop/manifest/schemas.h"

namespace troop::manifest {

// What a troop is granted, each under the name that its code knows it by.
struct LogGrant {
  std::uint64_t bytesPerSecond;
};
struct ClockGrant {
  Duration resolution;
};
struct RandomGrant {
  std::optional<std::uint64_t> seed;
};
// A capability to the main object of another troop, revoked after `callsMax` calls if that is
// given.
struct TroopGrant {
  Located<std::string> troop;
  std::optional<std::uint64_t> callsMax;
};

struct GrantEntry {
  Located<std::string> name;
  std::variant<LogGrant, ClockGrant, RandomGrant, TroopGrant> permission;
};

// What happens when a troop has died: nothing, or it is started again after a pause that doubles
// from `pauseMin` to `pauseMax` with every death.
struct Restart {
  enum class Policy { never, onDeath };
  Policy policy = Policy::never;
  Duration pauseMin = 20ms;
  Duration pauseMax = 1s;
};

enum class Tier { wasm };
std::string_view name(Tier tier);  // "wasm"

struct TroopEntry {
  Located<std::string> name;
  Tier tier = Tier::wasm;
  std::filesystem::path code;
  std::optional<Interface> serves;
  sandbox::Limits limits;
  std::vector<GrantEntry> grants;
  Restart restart;
  unsigned weight = 100;
};

// The job "documents": sends documents to troops that render, outline and, if one is named, count
// them, first alone, then beside attackers, and measures.
struct DocumentsJob {
  struct Document {
    std::filesystem::path file;
    std::uint64_t weight = 1;          // how often the whole text is sent, beside the other weights
    std::uint64_t sectionsWeight = 0;  // how often one of its sections is sent, each in its turn
  };
  struct Attacker {
    Located<std::string> troop;
    std::string verdict;  // how the verdict on it must begin
  };

  std::string renderer;
  std::string outliner;
  std::string counter;  // empty: nothing is counted
  std::vector<Document> documents;
  double load = 0.3;  // of what the guests can serve
  Duration calibration = 3s;
  Duration alone = 12s;
  Duration underAttack = 30s;
  std::uint64_t seed = 1;
  std::vector<Attacker> attackers;
  std::filesystem::path output = "out";
  // Whether the run fails where latencies under attack, or CPU time past limits, are over their
  // bounds. They are reported in any case.
  enum class Bounds { enforced, reported };
  Bounds bounds = Bounds::enforced;
};

struct Manifest {
  std::filesystem::path file;
  std::vector<TroopEntry> troops;  // in the order in which they can be started
  std::optional<DocumentsJob> documents;

  const TroopEntry* find(std::string_view troop) const noexcept;
};

// The interfaces that the troops of a job must serve.
struct JobInterfaces {
  std::uint64_t renderer;
  std::uint64_t outliner;
  std::uint64_t counter;
};

Manifest readManifest(const std::filesystem::path& file, const JobInterfaces& interfaces);

}  // namespace troop::manifest
