// What a compromised guest does, from bytes: host calls with their arguments, what it does to its
// memory, and what others do to it meanwhile.
#include <gtest/gtest.h>

#include <cstdint>

#include "runtime/testing/choices.h"
#include "tests/attack/arena.h"
#include "tests/fuzz/puppeteer.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count) {
  using namespace troop::tests;
  // One for all inputs: it ends with the program. What fails in it fails the fuzzer at once.
  static const bool failing = [] {
    if (!testing::UnitTest::GetInstance()->current_test_info()) {
      testing::GTEST_FLAG(break_on_failure) = true;
    }
    return true;
  }();
  static Arena arena;
  if (!failing) return -1;
  Choices choices({bytes, count});
  playPuppet(arena, choices);
  return 0;
}
