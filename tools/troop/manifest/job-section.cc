#include "tools/troop/manifest/job-section.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "tools/troop/manifest/troop-section.h"

namespace troop::manifest {
namespace {

constexpr Range<double> loadRange{0.01, 0.95};
constexpr Range<Duration> calibrationRange{100ms, 1min};
constexpr Range<Duration> phaseRange{100ms, 24h};
constexpr Range<std::uint64_t> weightRange{0, 1'000'000};
constexpr Range<std::uint64_t> seedRange{0, 1'000'000'000};

class JobReader {
 public:
  JobReader(Section& section, const std::filesystem::path& folder,
            const std::vector<TroopEntry>& troops)
      : section_(section), folder_(folder), troops_(troops) {}

  DocumentsJob read(const JobInterfaces& interfaces) {
    DocumentsJob job;
    for (const auto& [key, interface] :
         {std::pair{"renderer", "Renderer"}, {"outliner", "Outliner"}}) {
      section_.require(key,
                       fmt::format("it names a troop that serves the interface {}", interface));
    }
    job.renderer = served("renderer", interfaces.renderer, "Renderer");
    job.outliner = served("outliner", interfaces.outliner, "Outliner");
    job.counter = served("counter", interfaces.counter, "Stats");
    job.documents = documents();
    if (const auto load = section_.fraction("load", loadRange)) job.load = load->value;
    duration("calibration", calibrationRange, job.calibration);
    duration("alone", phaseRange, job.alone);
    duration("under-attack", phaseRange, job.underAttack);
    if (const auto seed = section_.count("seed", seedRange)) job.seed = seed->value;
    if (const auto output = section_.text("output")) {
      job.output = (folder_ / output->value).lexically_normal();
    }
    job.attackers = attackers(job);
    section_.end();
    return job;
  }

 private:
  void duration(std::string_view key, Range<Duration> range, Duration& value) {
    if (const auto read = section_.duration(key, range)) value = read->value;
  }

  const TroopEntry* find(std::string_view name) const {
    const auto found = std::find_if(troops_.begin(), troops_.end(), [&](const TroopEntry& troop) {
      return troop.name.value == name;
    });
    return found == troops_.end() ? nullptr : &*found;
  }

  // The name of a troop that serves the interface which `key` needs; empty where there is none.
  std::string served(std::string_view key, std::uint64_t id, std::string_view interface) {
    const auto name = section_.text(key);
    if (!name) return {};
    const TroopEntry* troop = find(name->value);
    if (troop == nullptr) {
      section_.problems().add(name->place, noSuchTroop(name->value, troops_));
    } else if (!troop->serves || !troop->serves->extends(id)) {
      section_.problems().add(
          name->place,
          fmt::format("troop '{}' serves {}; '{}' needs one that serves {}", name->value,
                      troop->serves ? troop->serves->name : "nothing", key, interface));
    }
    return name->value;
  }

  std::vector<DocumentsJob::Document> documents() {
    section_.require("documents", R"(a list like [{ file = "README.md", weight = 1 }] is right)");
    std::vector<DocumentsJob::Document> read;
    const Place place = section_.valuePlace("documents");
    const std::size_t problemsBefore = section_.problems().count();
    auto entries = section_.sections("documents", "document");
    if (!entries) return read;
    std::uint64_t weights = 0;
    for (Section& entry : *entries) {
      DocumentsJob::Document document;
      entry.require("file", "it names a text in Markdown");
      if (auto file = readFile(entry, "file", {.manifest = folder_, .built = {}}))
        document.file = std::move(*file);
      if (const auto weight = entry.count("weight", weightRange)) document.weight = weight->value;
      if (const auto weight = entry.count("sections-weight", weightRange)) {
        document.sectionsWeight = weight->value;
      }
      entry.end();
      weights += document.weight + document.sectionsWeight;
      read.push_back(std::move(document));
    }
    if (weights == 0 && section_.problems().count() == problemsBefore) {
      section_.problems().add(place, "no document has a weight over 0; one must be sent");
    }
    return read;
  }

  std::vector<DocumentsJob::Attacker> attackers(const DocumentsJob& job) {
    std::vector<DocumentsJob::Attacker> read;
    auto table = section_.section("attackers", "the attackers");
    if (!table) return read;
    for (const auto& name : table->keysLeft()) {
      const auto verdict = table->text(name.value);
      if (find(name.value) == nullptr) {
        section_.problems().add(name.place, noSuchTroop(name.value, troops_));
      } else if (name.value == job.renderer || name.value == job.outliner ||
                 name.value == job.counter) {
        section_.problems().add(
            name.place, fmt::format("'{}' serves the job; it cannot attack it too", name.value));
      }
      read.push_back({name, verdict ? verdict->value : ""});
    }
    checkGrants(read);
    return read;
  }

  // Attackers start later than all others, so that nobody else can be granted one.
  void checkGrants(const std::vector<DocumentsJob::Attacker>& attackers) {
    const auto attacks = [&](std::string_view name) {
      return std::any_of(attackers.begin(), attackers.end(),
                         [&](const auto& attacker) { return attacker.troop.value == name; });
    };
    for (const TroopEntry& troop : troops_) {
      if (attacks(troop.name.value)) continue;
      for (const GrantEntry& grant : troop.grants) {
        const auto* granted = std::get_if<TroopGrant>(&grant.permission);
        if (granted == nullptr || !attacks(granted->troop.value)) continue;
        section_.problems().add(
            granted->troop.place,
            fmt::format("'{}' is an attacker, which starts later than '{}'; only attackers can be "
                        "granted one",
                        granted->troop.value, troop.name.value));
      }
    }
  }

  Section& section_;
  const std::filesystem::path& folder_;
  const std::vector<TroopEntry>& troops_;
};

}  // namespace

DocumentsJob readDocumentsJob(Section& section, const std::filesystem::path& folder,
                              const std::vector<TroopEntry>& troops,
                              const JobInterfaces& interfaces) {
  return JobReader(section, folder, troops).read(interfaces);
}

}  // namespace troop::manifest
