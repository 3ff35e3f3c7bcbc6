#include "runtime/stack/copy-words.h"

#include <gtest/gtest.h>

#include <array>

namespace troop {
namespace {

TEST(CopyWords, copiesAllAndNothingElse) {
  const std::array<std::uint64_t, 4> from{1, 2, 3, 4};
  std::array<std::uint64_t, 4> to{9, 9, 9, 9};
  copyWords(to.data(), from.data() + 1, 0);
  EXPECT_EQ(to, (std::array<std::uint64_t, 4>{9, 9, 9, 9}));
  copyWords(to.data(), from.data() + 1, 3);
  EXPECT_EQ(to, (std::array<std::uint64_t, 4>{2, 3, 4, 9}));
}

// Frames have poisoned bytes around their variables, which AddressSanitizer would tell of.
TEST(CopyWords, copiesWhatSanitizersHavePoisoned) {
  alignas(8) volatile char first[5] = {1, 1, 1, 1, 1};
  const auto* from = reinterpret_cast<const std::uint64_t*>(const_cast<const char*>(&first[0]));
  std::array<std::uint64_t, 4> to{};
  copyWords(to.data(), from, to.size());
  EXPECT_EQ(to[0] & 0xff, 1u);
}

}  // namespace
}  // namespace troop
