#include "runtime/bulk-memory.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <span>

#include "runtime/base/sanitizers.h"

namespace troop {
namespace {

bool isZero(const void* memory, std::size_t bytes) {
  return std::ranges::all_of(std::span(static_cast<const unsigned char*>(memory), bytes),
                             [](unsigned char byte) { return byte == 0; });
}

TEST(BulkMemory, hasNothingOfWhoHadItBefore) {
  for (const std::size_t bytes : {1UL, 100UL, 32767UL, 32768UL, 100'000UL, 1UL << 20, 5UL << 20}) {
    for (int round = 0; round < 3; ++round) {
      void* memory = takeBulk(bytes, Contents::zeroes);
      ASSERT_NE(memory, nullptr);
      EXPECT_TRUE(isZero(memory, bytes)) << bytes;
      EXPECT_EQ(reinterpret_cast<std::uintptr_t>(memory) % alignof(std::max_align_t), 0U);
      std::memset(memory, 0xff, bytes);
      giveBulkBack(memory, bytes);
    }
  }
}

TEST(BulkMemory, isTheCallersAlone) {
  constexpr std::size_t bytes = 100'000;
  void* one = takeBulk(bytes, Contents::whatever);
  void* other = takeBulk(bytes, Contents::zeroes);
  std::memset(one, 1, bytes);
  EXPECT_TRUE(isZero(other, bytes));
  giveBulkBack(one, bytes);
  giveBulkBack(other, bytes);
}

TEST(BulkMemory, isNullWhereThereIsNotSoMuch) {
  if (underSanitizer) GTEST_SKIP() << "a sanitizer ends who asks for so much";
  // More than there are addresses, and unknown to the compiler, which would warn.
  volatile std::size_t bytes = SIZE_MAX / 2;
  EXPECT_EQ(takeBulk(bytes, Contents::zeroes), nullptr);
  giveBulkBack(nullptr, bytes);
}

}  // namespace
}  // namespace troop
