#include "sandbox/wasm/fuzz/function-maker.h"

#include <gtest/gtest.h>

namespace troop::sandbox::wasm {
namespace {

std::vector<std::byte> bodyOf(std::uint64_t seed, std::size_t count) {
  const std::vector<std::uint8_t> bytes = tests::bytesOfSeed(seed, count);
  tests::Choices choices(bytes);
  const Functions functions{.imported = {2}, .own = {0, 3}};
  return FunctionMaker(choices, functions, signatures[0]).make();
}

TEST(FunctionMaker, endsWithItsChoices) {
  EXPECT_LT(bodyOf(1, 0).size(), 100u);
  EXPECT_EQ(bodyOf(1, 0).back(), std::byte{0x0b});
}

TEST(FunctionMaker, makesTheSameOfTheSameChoices) {
  EXPECT_EQ(bodyOf(7, 500), bodyOf(7, 500));
}

TEST(FunctionMaker, makesManyThings) {
  std::size_t longer = 0;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    if (bodyOf(seed, 1000).size() > 300) ++longer;
  }
  EXPECT_GT(longer, 50u);
}

}  // namespace
}  // namespace troop::sandbox::wasm
