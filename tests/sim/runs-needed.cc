// Prints how many runs each strategy needs to find each planted bug, as a table of Markdown: the
// median and the most over some starting seeds; what explores all runs has one figure, and how many
// runs there are in all where it finds nothing in the clean program.
//
//   bazel-bin/tests/sim/runs-needed [SEEDS [NAME...]]
#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <set>
#include <string>
#include <vector>

#include "runtime/sim/search.h"
#include "tests/sim/planted.h"

namespace troop::tests {
namespace {

using sim::Searched;
using sim::Strategy;

constexpr std::uint64_t runsMax = 10'000;
// So that the searches of two starting seeds have no run in common.
constexpr std::uint64_t seedsApart = 1'000'000;

std::string found(const Planted& bug, Strategy::Kind by, unsigned depth, std::uint64_t seeds) {
  std::vector<std::uint64_t> runs;
  for (std::uint64_t start = 0; start < seeds; ++start) {
    const Searched searched = sim::search({.by = by,
                                           .runsMax = runsMax,
                                           .seed = start * seedsApart,
                                           .depth = depth,
                                           .network = bug.network,
                                           .disk = bug.disk},
                                          bug.broken);
    runs.push_back(searched.failure ? searched.runs : runsMax + 1);
  }
  std::ranges::sort(runs);
  const auto text = [](std::uint64_t count) {
    return count > runsMax ? fmt::format("> {}", runsMax) : fmt::format("{}", count);
  };
  return fmt::format("{} ({})", text(runs[runs.size() / 2]), text(runs.back()));
}

std::string explored(const Planted& bug) {
  const Searched broken = sim::search({.by = Strategy::Kind::deviations,
                                       .runsMax = runsMax,
                                       .network = bug.network,
                                       .disk = bug.disk},
                                      bug.broken);
  const Searched clean = sim::search({.by = Strategy::Kind::deviations,
                                      .runsMax = runsMax,
                                      .network = bug.network,
                                      .disk = bug.disk},
                                     bug.clean);
  return fmt::format("{} with {} | {}{}", broken.failure ? fmt::format("{}", broken.runs) : "-",
                     broken.failure ? broken.failure->strategy.list.size() : 0, clean.runs,
                     clean.failure     ? " fails"
                     : clean.exhausted ? ""
                                       : "+");
}

void print(std::uint64_t seeds, const std::set<std::string>& names) {
  fmt::print(
      "| bug | random | pct, depth 2 | pct, depth 3 | deviations, and how many | all runs with 2 "
      "|\n"
      "| --- | --- | --- | --- | --- | --- |\n");
  for (const Planted& bug : planted()) {
    if (!names.empty() && !names.contains(bug.name)) continue;
    fmt::print("| {} | {} | {} | {} | {} |\n", bug.name,
               found(bug, Strategy::Kind::random, 0, seeds),
               found(bug, Strategy::Kind::pct, 2, seeds), found(bug, Strategy::Kind::pct, 3, seeds),
               explored(bug));
  }
}

}  // namespace
}  // namespace troop::tests

int main(int count, char** arguments) {
  troop::tests::print(count > 1 ? std::strtoull(arguments[1], nullptr, 10) : 21,
                      {arguments + std::min(count, 2), arguments + count});
}
