#include "tools/troop/manifest/nearest-name.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace troop::manifest {
namespace {

constexpr std::array<std::string_view, 6> names{"memory", "cpu",   "cpu-per-call",
                                                "stack",  "calls", "restart"};

TEST(NearestName, findsSwappedMissingAndWrongLetters) {
  EXPECT_EQ(nearestName("memroy", names), "memory");
  EXPECT_EQ(nearestName("mem", names), std::nullopt);
  EXPECT_EQ(nearestName("memry", names), "memory");
  EXPECT_EQ(nearestName("stakc", names), "stack");
  EXPECT_EQ(nearestName("call", names), "calls");
  EXPECT_EQ(nearestName("cpy", names), "cpu");
}

TEST(NearestName, caseAndUnderscoresCountForNothing) {
  EXPECT_EQ(nearestName("CPU", names), "cpu");
  EXPECT_EQ(nearestName("cpu_per_call", names), "cpu-per-call");
}

TEST(NearestName, suggestsNothingForWhatIsFarFromAll) {
  EXPECT_EQ(nearestName("colour", names), std::nullopt);
  EXPECT_EQ(nearestName("x", names), std::nullopt);
  EXPECT_EQ(nearestName("", names), std::nullopt);
  EXPECT_EQ(nearestName(std::string(100'000, 'm'), names), std::nullopt);
  EXPECT_EQ(nearestName("memory", {}), std::nullopt);
}

}  // namespace
}  // namespace troop::manifest
