#include "tools/troop/manifest/quantity.h"

#include <gtest/gtest.h>

namespace troop::manifest {
namespace {

TEST(Quantity, sizesArePowersOf1024) {
  EXPECT_EQ(parseSize("0B"), 0u);
  EXPECT_EQ(parseSize("17B"), 17u);
  EXPECT_EQ(parseSize("64K"), 65536u);
  EXPECT_EQ(parseSize("32M"), 33554432u);
  EXPECT_EQ(parseSize("4G"), 4294967296u);
}

TEST(Quantity, whatIsNoSizeIsRefused) {
  for (const char* text : {"", "64", "M", "64m", "64 M", " 64M", "64M ", "-1M", "1.5M", "0x10M",
                           "64MB", "64MiB", "99999999999G", "99999999999999999999B", "+1K"}) {
    EXPECT_EQ(parseSize(text), std::nullopt) << text;
  }
}

TEST(Quantity, durationsHaveTheirUnit) {
  EXPECT_EQ(parseDuration("100ns"), Duration(100));
  EXPECT_EQ(parseDuration("7us"), Duration(7'000));
  EXPECT_EQ(parseDuration("50ms"), Duration(50'000'000));
  EXPECT_EQ(parseDuration("2s"), Duration(2'000'000'000));
  EXPECT_EQ(parseDuration("3min"), Duration(180'000'000'000));
  EXPECT_EQ(parseDuration("1h"), Duration(3'600'000'000'000));
}

TEST(Quantity, whatIsNoDurationIsRefused) {
  for (const char* text : {"", "5", "s", "5 s", "5sec", "1.5s", "-1s", "5m", "3000000h"}) {
    EXPECT_EQ(parseDuration(text), std::nullopt) << text;
  }
}

TEST(Quantity, ratesAreSizesASecond) {
  EXPECT_EQ(parseRate("64K/s"), 65536u);
  EXPECT_EQ(parseRate("64K"), std::nullopt);
  EXPECT_EQ(parseRate("/s"), std::nullopt);
  EXPECT_EQ(parseRate("64K/min"), std::nullopt);
}

TEST(Quantity, isWrittenInTheLargestUnitThatIsExact) {
  EXPECT_EQ(sizeKey(0), "0B");
  EXPECT_EQ(sizeKey(1537), "1537B");
  EXPECT_EQ(sizeKey(1536 << 10), "1536K");
  EXPECT_EQ(sizeKey(32 << 20), "32M");
  EXPECT_EQ(durationKey(Duration(0)), "0ns");
  EXPECT_EQ(durationKey(1500ms), "1500ms");
  EXPECT_EQ(durationKey(60s), "1min");
}

TEST(Quantity, whatIsWrittenIsReadBack) {
  for (const std::uint64_t bytes : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{1023},
                                    std::uint64_t{1536} << 20, std::uint64_t{1} << 40}) {
    EXPECT_EQ(parseSize(sizeKey(bytes)), bytes);
  }
  for (const Duration duration : {Duration(0), Duration(1), Duration(1500ms), Duration(36h)}) {
    EXPECT_EQ(parseDuration(durationKey(duration)), duration);
  }
}

}  // namespace
}  // namespace troop::manifest
