#include "runtime/base/check.h"

#include <gtest/gtest.h>

namespace troop {
namespace {

TEST(Check, letsPassWhatHolds) {
  check(true, "one is one");
}

TEST(CheckDeathTest, stopsWithTheSentenceAndThePlace) {
  EXPECT_DEATH(check(false, "a stack has a bottom"),
               "check-test.cc:[0-9]+: does not hold: a stack has a bottom");
}

}  // namespace
}  // namespace troop
