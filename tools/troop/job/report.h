// What a run has to say: a row for each troop, printed as a table for people or as JSON for
// programs.
//
// Ownership: plain values. Threads: any; pure functions.
//
//   Report report;
//   report.troops.push_back({.name = "markdown", .tier = "wasm", .verdict = "served"});
//   std::fputs(table(report).c_str(), stdout);
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/time.h"

namespace troop::job {

struct LatencyFigures {
  Duration p50{};
  Duration p99{};
  std::size_t calls = 0;
};

// Of a troop in all its lives: times and counts are sums, the peak is the highest.
struct TroopFigures {
  std::string name;
  std::string tier;
  std::string verdict;
  Duration cpu{};
  std::size_t memoryPeakBytes = 0;
  std::uint64_t callsServed = 0;
  std::uint64_t callsFailed = 0;
  std::uint64_t callsMade = 0;
  std::uint64_t callsRefused = 0;
  std::uint64_t restarts = 0;
  std::uint64_t slices = 0;
  std::uint64_t migrations = 0;
  std::optional<LatencyFigures> alone;
  std::optional<LatencyFigures> underAttack;
};

struct CarrierFigures {
  std::uint64_t slices = 0;
  std::uint64_t steals = 0;
  Duration busy{};
};

// What the job sent, where it sent something.
struct LoadFigures {
  double servedPerSecond = 0;  // what the guests can serve
  double sentPerSecond = 0;    // what was sent of it
  std::size_t callsSent = 0;
  std::size_t callsFailed = 0;
};

struct Report {
  std::vector<TroopFigures> troops;
  std::vector<CarrierFigures> carriers;
  std::optional<LoadFigures> load;
  std::vector<std::string> faults;  // why the run has failed, a sentence each; none when it has not
};

// A row for each troop, columns aligned, lines ended.
std::string table(const Report& report);

// One JSON object, indented, the line ended.
std::string json(const Report& report);

}  // namespace troop::job
