#include "runtime/heap/heap-profile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cstdint>

namespace troop {
namespace {

const void* address(std::uintptr_t number) {
  return std::bit_cast<const void*>(number);
}

TEST(HeapProfile, isWrittenAsPprofReadsIt) {
  const HeapProfile profile{
      .sampleBytes = 4096,
      .sites = {{.stack = {address(0x1234), address(0x5678)},
                 .objects = 2,
                 .bytes = 300,
                 .objectsEver = 5,
                 .bytesEver = 700},
                {.stack = {}, .objects = 0, .bytes = 0, .objectsEver = 1, .bytesEver = 9}}};
  EXPECT_THAT(profile.text(), testing::StartsWith("heap profile: 2: 300 [6: 709] @ heap_v2/4096\n"
                                                  "2: 300 [5: 700] @ 0x1234 0x5678\n"
                                                  "0: 0 [1: 9] @\n"
                                                  "\nMAPPED_LIBRARIES:\n"));
  EXPECT_THAT(profile.text(), testing::HasSubstr("heap-profile-test"));
}

TEST(HeapProfile, tellsWhatSamplesMakeLikely) {
  HeapProfile profile{.sampleBytes = 1'000'000, .sites = {}};
  HeapProfile::Site site{.stack = {}, .objects = 10, .bytes = 1000};
  // Each sample of 100 bytes stands for 1,000,000.
  EXPECT_NEAR(static_cast<double>(profile.livingBytes(site)), 1e7, 1e4);
  site.bytes = 1'000'000'000;
  EXPECT_EQ(profile.livingBytes(site), site.bytes);
  profile.sampleBytes = 1;
  EXPECT_EQ(profile.livingBytes(site), site.bytes);
  site.objects = 0;
  EXPECT_EQ(profile.livingBytes(site), 0u);
}

}  // namespace
}  // namespace troop
