#include "runtime/units.h"

#include <gtest/gtest.h>

#include "runtime/budget.h"

namespace troop {
namespace {

using namespace literals;

TEST(Units, durationsAreWrittenInTheLargestUnitThatFits) {
  EXPECT_EQ(describe(0ns), "0 ns");
  EXPECT_EQ(describe(999ns), "999 ns");
  EXPECT_EQ(describe(1500ns), "1.5 µs");
  EXPECT_EQ(describe(50ms), "50 ms");
  EXPECT_EQ(describe(2s), "2 s");
  EXPECT_EQ(describe(1500ms), "1.5 s");
  EXPECT_EQ(describe(1min), "60 s");
  EXPECT_EQ(describe(forever), "no limit");
  EXPECT_EQ(describe(-50ms), "-50 ms");
  EXPECT_EQ(describe(Duration::min()), "-9223372036.85 s");
}

TEST(Units, bytesAreWrittenInTheLargestUnitThatFits) {
  EXPECT_EQ(describeBytes(0), "0 B");
  EXPECT_EQ(describeBytes(1023), "1023 B");
  EXPECT_EQ(describeBytes(1_KiB), "1 KiB");
  EXPECT_EQ(describeBytes(1536), "1.5 KiB");
  EXPECT_EQ(describeBytes(32_MiB), "32 MiB");
  EXPECT_EQ(describeBytes(4_GiB), "4 GiB");
  EXPECT_EQ(describeBytes(2048_GiB), "2 TiB");
  EXPECT_EQ(describeBytes(unlimited), "no limit");
}

}  // namespace
}  // namespace troop
