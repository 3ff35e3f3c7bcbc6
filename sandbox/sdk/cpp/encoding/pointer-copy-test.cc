#include "sandbox/sdk/cpp/encoding/pointer-copy.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "sandbox/sdk/cpp/any-pointer.h"
#include "sandbox/sdk/cpp/testing/fake-host.h"

namespace troop::inline guest::testing {
namespace {

const char* faultOfCopying(const std::vector<std::uint64_t>& words) {
  static const std::vector<Capability> none;
  Reading reading(std::as_bytes(std::span(words)), none);
  EXPECT_TRUE(reading.root().anyPointer(0).isNull());
  return reading.fault();
}

// A message whose root has one pointer, and what follows it.
std::vector<std::uint64_t> behindRoot(std::vector<std::uint64_t> words) {
  words.insert(words.begin(), {std::uint64_t{words.size() + 1} << 32, std::uint64_t{1} << 48});
  return words;
}

TEST(PointerCopy, refusesWhatLeadsOutOfTheMessage) {
  EXPECT_STREQ(faultOfCopying(behindRoot({std::uint64_t{0x00010001} << 32})),
               "a pointer leads out of it");
  EXPECT_STREQ(faultOfCopying(behindRoot({1 | std::uint64_t{8 << 3 | 5} << 32})),
               "a pointer leads out of it");
}

TEST(PointerCopy, refusesACapabilityThatIsNotThere) {
  EXPECT_STREQ(faultOfCopying(behindRoot({3})),
               "it has something else where a capability should be");
}

TEST(PointerCopy, refusesWhatLeadsBackToItself) {
  // A struct of one pointer, which is where that pointer lies: 64 of them are too deep.
  EXPECT_STREQ(faultOfCopying(behindRoot({0xfffffffc | std::uint64_t{1} << 48})), "it is too deep");
}

TEST(PointerCopy, keepsStructsOfNoSizeApartFromNull) {
  MessageBuilder builder(0, 1);
  builder.root().initStructure(0, 0, 0);
  const std::unique_ptr<Building> message = builder.release();
  Reading reading(std::as_bytes(std::span(message->words)), message->capabilities);
  EXPECT_FALSE(reading.root().anyPointer(0).isNull());
}

}  // namespace
}  // namespace troop::inline guest::testing
