#include "runtime/sim/simulated-run.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "runtime/scope.h"
#include "runtime/sim/deviating-choices.h"
#include "runtime/task.h"

namespace troop::sim {
namespace {

struct Written {
  std::string order;
  std::vector<std::uint32_t> options;
  Ran ran;
};

// Threads and Tasks that write down who they are, twice.
Written runWith(Deviations deviations) {
  Written run;
  const auto choices = std::make_shared<DeviatingChoices>(std::move(deviations));
  run.ran = runChoosing({.choices = choices, .source = "a test"}, {}, [&run] {
    Scope scope;
    for (const char name : {'a', 'b'}) {
      scope.thread(
          [](char who, std::string* order) {
            *order += who;
            yield();
            *order += who;
          },
          name, assumeSendable(&run.order));
    }
    scope.task([&run] { run.order += 'T'; });
  });
  run.options = choices->options();
  return run;
}

TEST(SimulatedRun, goesOnByDefaultWithWhoWaitsLongest) {
  EXPECT_EQ(runWith({}).order, "Tabab");
}

TEST(SimulatedRun, eachDeviationIsAnotherRun) {
  const Written first = runWith({});
  ASSERT_EQ(first.ran.choices, first.options.size());
  for (std::uint64_t at = 0; at < first.options.size(); ++at) {
    for (std::uint32_t option = 1; option < first.options[at]; ++option) {
      const Written other = runWith({{.at = at, .option = option}});
      EXPECT_NE(other.ran.hash, first.ran.hash) << at << "=" << option;
      EXPECT_EQ(other.order.size(), first.order.size());
    }
  }
}

TEST(SimulatedRun, isTheSameForTheSameChoices) {
  EXPECT_EQ(runWith({{.at = 1, .option = 1}}).ran.hash, runWith({{.at = 1, .option = 1}}).ran.hash);
}

}  // namespace
}  // namespace troop::sim
