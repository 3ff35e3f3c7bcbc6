#include "tools/troop/job/assessment.h"

#include <fmt/format.h>

#include <utility>

#include "runtime/units.h"
#include "sandbox/usage.h"

namespace troop::job {
namespace {

std::string times(std::uint64_t count) {
  return count == 1 ? "once" : fmt::format("{} times", count);
}

}  // namespace

TroopFigures figures(const manifest::TroopEntry& entry, const hosting::Fate& fate) {
  return {.name = entry.name.value,
          .tier = std::string(manifest::name(entry.tier)),
          .verdict = fate.verdict,
          .cpu = fate.usage.cpu,
          .cpuOnLoans = fate.usage.cpuOnLoans,
          .cpuOver = fate.usage.cpuOver,
          .memoryPeakBytes = fate.usage.memoryPeakBytes,
          .callsServed = fate.usage.callsServed,
          .callsFailed = fate.usage.callsFailed,
          .callsMade = fate.usage.callsMade,
          .callsRefused = fate.usage.callsRefused,
          .restarts = fate.starts == 0 ? 0 : fate.starts - 1,
          .slices = fate.usage.slices,
          .migrations = fate.usage.migrations};
}

std::vector<std::string> faultsOfServed(std::string_view troop, const hosting::Fate& fate) {
  std::vector<std::string> faults;
  for (const auto& [verdict, count] : fate.deaths) {
    faults.push_back(fmt::format("troop '{}' died {}: {}", troop, times(count), verdict));
  }
  if (fate.deaths.empty() && fate.verdict != "served") {
    faults.push_back(
        fmt::format("troop '{}' should have served, but its verdict is: {}", troop, fate.verdict));
  }
  return faults;
}

std::vector<std::string> faultsOfAttacker(const manifest::DocumentsJob::Attacker& attacker,
                                          const hosting::Fate& fate) {
  std::vector<std::string> faults;
  for (const auto& [verdict, count] : fate.deaths) {
    if (verdict.starts_with(attacker.verdict)) continue;
    faults.push_back(fmt::format("attacker '{}' should have ended with '{}', but {} with: {}",
                                 attacker.troop.value, attacker.verdict, times(count), verdict));
  }
  if (fate.deaths.empty() && !fate.verdict.starts_with(attacker.verdict)) {
    faults.push_back(fmt::format("attacker '{}' should have got '{}', but its verdict is: {}",
                                 attacker.troop.value, attacker.verdict, fate.verdict));
  }
  return faults;
}

TroopFigures figuresOfRefused(const manifest::TroopEntry& entry, std::string verdict) {
  return {.name = entry.name.value,
          .tier = std::string(manifest::name(entry.tier)),
          .verdict = std::move(verdict)};
}

std::vector<std::string> faultsOfBounds(const TroopFigures& troop) {
  std::vector<std::string> faults;
  for (const ServiceFigures& service : troop.services) {
    if (service.standing() != ServiceFigures::Standing::over) continue;
    faults.push_back(fmt::format(
        "troop '{}' answered {} with a p99 of {} under attack, over its bound of {}, which is {} "
        "plus {} times the {} alone",
        troop.name, service.documents, describe(service.underAttack->p99),
        describe(service.bound()), describe(ServiceFigures::boundBase), ServiceFigures::boundTimes,
        describe(service.alone->p99)));
  }
  if (ticksOver(troop) > ticksOverMax) {
    faults.push_back(fmt::format(
        "troop '{}' used {} past its limit of CPU time; {} ticks of {} "
        "are allowed",
        troop.name, describe(troop.cpuOver), ticksOverMax, describe(sandbox::preemptionTick)));
  }
  return faults;
}

}  // namespace troop::job
