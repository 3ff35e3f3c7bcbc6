// What a run has to say: a row for each troop, printed as a table for people or
// as JSON for programs.
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

// How a troop answered documents of one kind, alone and under attack.
struct ServiceFigures {
  // What the p99 under attack may be, as one sees it from what it is alone.
  static constexpr Duration boundBase = 5ms;
  static constexpr int boundTimes = 3;
  // Fewer calls have no p99 to speak of.
  static constexpr std::size_t boundCallsMin = 200;

  enum class Standing { unknown, within, over };

  std::string documents;
  std::optional<LatencyFigures> alone;
  std::optional<LatencyFigures> underAttack;

  Duration bound() const;  // of `alone`, which is there
  Standing standing() const;
};

// Of a troop in all its lives: times and counts are sums, the peak is the
// highest.
struct TroopFigures {
  std::string name;
  std::string tier;
  std::string verdict;
  Duration cpu{};                  // at its own expense
  Duration cpuOnLoans{};           // at the expense of those who called it
  Duration cpuOver{};              // past a limit that it was killed for; the worst of all lives
  std::optional<double> cpuShare;  // of all carriers' time under attack, whoever paid
  std::size_t memoryPeakBytes = 0;
  std::uint64_t callsServed = 0;
  std::uint64_t callsFailed = 0;
  std::uint64_t callsMade = 0;
  std::uint64_t callsRefused = 0;
  std::uint64_t restarts = 0;
  std::uint64_t slices = 0;
  std::uint64_t migrations = 0;
  std::vector<ServiceFigures> services;  // all documents first, where it serves the job
};

// What a guest may use past its limit of CPU time.
inline constexpr int ticksOverMax = 2;
double ticksOver(const TroopFigures& troop);

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

// A row for each troop; then one for each kind of documents that was served,
// with what their p99 may be; columns aligned, at most `columnsMax` characters
// wide, lines ended.
inline constexpr std::size_t tableColumnsMax = 120;
std::string table(const Report& report, std::size_t columnsMax = tableColumnsMax);

// One JSON object, indented, the line ended.
std::string json(const Report& report);

}  // namespace troop::job
