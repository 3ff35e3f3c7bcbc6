// Each planted bug is found by each strategy within its bound, and again by the line that is
// printed; nothing is found in the program that is as it should be.
#include "tests/sim/planted.h"

#include <gtest/gtest.h>

#include <string>

#include "runtime/sim/search.h"
#include "runtime/sim/simulation.h"
#include "runtime/sim/strategy.h"

namespace troop::tests {
namespace {

using sim::Search;
using sim::Searched;
using sim::Strategy;

class PlantedBug : public testing::TestWithParam<Planted> {};

// Found, and by the seed and the strategy alone again.
void expectFound(const Planted& bug, const Search& search) {
  const Searched searched = sim::search(search, bug.broken);
  ASSERT_TRUE(searched.failure) << "not in " << searched.runs << " runs";
  const std::string reason = searched.failure->reason();
  const Searched again = sim::search(search, bug.broken);
  EXPECT_EQ(again.runs, searched.runs);
  try {
    sim::run({.seed = searched.failure->seed,
              .strategy = searched.failure->strategy,
              .network = bug.network,
              .disk = bug.disk},
             bug.broken);
    FAIL() << "not found by " << searched.failure->replay();
  } catch (const std::exception& error) {
    // The reports of a run that stands still begin with its source.
    const std::size_t end = reason.find('(');
    EXPECT_EQ(std::string(error.what()).substr(0, end), reason.substr(0, end));
  }
}

TEST_P(PlantedBug, isFoundAtRandom) {
  expectFound(GetParam(), {.by = Strategy::Kind::random,
                           .runsMax = GetParam().runsMax.random,
                           .network = GetParam().network,
                           .disk = GetParam().disk});
}

TEST_P(PlantedBug, isFoundByPct) {
  expectFound(GetParam(), {.by = Strategy::Kind::pct,
                           .runsMax = GetParam().runsMax.pct,
                           .network = GetParam().network,
                           .disk = GetParam().disk});
}

TEST_P(PlantedBug, isFoundByDeviations) {
  expectFound(GetParam(), {.by = Strategy::Kind::deviations,
                           .runsMax = GetParam().runsMax.deviations,
                           .network = GetParam().network,
                           .disk = GetParam().disk});
}

TEST_P(PlantedBug, isNotInTheProgramAsItShouldBe) {
  for (const Strategy::Kind by :
       {Strategy::Kind::random, Strategy::Kind::pct, Strategy::Kind::deviations}) {
    const Searched searched = sim::search(
        {.by = by, .runsMax = 300, .network = GetParam().network, .disk = GetParam().disk},
        GetParam().clean);
    EXPECT_FALSE(searched.failure)
        << searched.failure->replay() << ": " << searched.failure->reason();
  }
}

INSTANTIATE_TEST_SUITE_P(Of, PlantedBug, testing::ValuesIn(planted()), [](const auto& bug) {
  std::string name = bug.param.name;
  std::erase(name, '-');
  return name;
});

}  // namespace
}  // namespace troop::tests
