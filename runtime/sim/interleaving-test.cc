#include "runtime/sim/interleaving.h"

#include <gtest/gtest.h>

#include <set>

#include "runtime/scope.h"
#include "runtime/sim/simulation.h"

namespace troop::sim {
namespace {

TEST(Interleaving, othersMayGoOnAtAPoint) {
  std::set<std::string> orders;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    std::string order;
    run({.seed = seed}, [&order] {
      Scope scope;
      for (const char name : {'a', 'b'}) {
        scope.task([&order, name] {
          order += name;
          interleavingPoint();
          order += name;
        });
      }
    });
    orders.insert(order);
  }
  EXPECT_EQ(orders, (std::set<std::string>{"aabb", "abab", "abba", "baab", "baba", "bbaa"}));
}

TEST(Interleaving, isNothingOutsideOfTasks) {
  interleavingPoint();
  Process process({.carriers = 1});
  EXPECT_EQ(process.run([] {
    interleavingPoint();
    return 1;
  }),
            1);
}

}  // namespace
}  // namespace troop::sim
