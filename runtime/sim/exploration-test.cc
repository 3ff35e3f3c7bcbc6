#include "runtime/sim/exploration.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

namespace troop::sim {
namespace {

std::string text(const Deviations& list) {
  std::string text;
  for (const Deviation& deviation : list) {
    text += std::to_string(deviation.at) + "=" + std::to_string(deviation.option) + " ";
  }
  return text;
}

// What is run of a program that has these numbers of options whatever was chosen.
std::vector<std::string> all(unsigned deviationsMax, const std::vector<std::uint32_t>& options) {
  std::vector<std::string> runs;
  Exploration exploration(deviationsMax);
  while (const std::optional<Deviations> list = exploration.next()) {
    runs.push_back(text(*list));
    exploration.ran(*list, options);
  }
  return runs;
}

TEST(Exploration, beginsWithNoDeviationAndGoesOnWithOneMoreEachTime) {
  EXPECT_EQ(all(2, {2, 3}),
            (std::vector<std::string>{"", "0=1 ", "1=1 ", "1=2 ", "0=1 1=1 ", "0=1 1=2 "}));
}

TEST(Exploration, runsEachListOnce) {
  const std::vector<std::string> runs = all(3, {2, 2, 2, 2, 2, 2});
  EXPECT_EQ(runs.size(), 1u + 6 + 15 + 20);
  EXPECT_EQ(std::set<std::string>(runs.begin(), runs.end()).size(), runs.size());
}

TEST(Exploration, withoutDeviationsThereIsOneRun) {
  EXPECT_EQ(all(0, {2, 2}), std::vector<std::string>{""});
  EXPECT_EQ(all(2, {}), std::vector<std::string>{""});
}

TEST(Exploration, whatARunHasBeyondItsListDependsOnTheRun) {
  Exploration exploration(2);
  exploration.ran(*exploration.next(), {2});
  const Deviations child = *exploration.next();
  EXPECT_EQ(text(child), "0=1 ");
  exploration.ran(child, {2, 2});  // it had a choice that the first run had not
  EXPECT_EQ(text(exploration.next().value_or(Deviations())), "0=1 1=1 ");
}

}  // namespace
}  // namespace troop::sim
