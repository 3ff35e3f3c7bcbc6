#include "runtime/machine/affinity.h"

#include <gtest/gtest.h>

#include <thread>

#include "runtime/machine/processors.h"

namespace troop::machine {
namespace {

void bindCallerToOneCpu() {
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(sched_getcpu(), &one);
  ASSERT_EQ(sched_setaffinity(0, sizeof(one), &one), 0);
}

TEST(Affinity, isThatOfTheCallingOsThreadOrOfTheFirst) {
  const Affinity here;
  EXPECT_GE(processorsOfMachine(), here.count());
  std::thread([&] {
    EXPECT_EQ(Affinity(), here);
    bindCallerToOneCpu();
    EXPECT_EQ(Affinity().count(), 1u);
    EXPECT_EQ(Affinity::ofMain(), here);
  }).join();
  EXPECT_EQ(Affinity(), here);
}

TEST(Affinity, isTakenOverByOneThatIsBound) {
  const Affinity here;
  std::thread([&] {
    bindCallerToOneCpu();
    const Affinity bound;
    here.applyToCaller();
    EXPECT_EQ(Affinity(), here);
    // Not all that there is, but what was asked for.
    bound.applyToCaller();
    EXPECT_EQ(Affinity(), bound);
  }).join();
}

}  // namespace
}  // namespace troop::machine
