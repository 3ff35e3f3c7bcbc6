#include "sandbox/wasm/native-stack.h"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <cstring>

#include "sandbox/wasm/engine.h"

namespace troop::sandbox::wasm {
namespace {

constexpr std::size_t stackBytes = std::size_t{1} << 20;
constexpr std::size_t countedMax = stackBytes - NativeStack::keptBytes;
constexpr std::size_t page = 4096;

class NativeStackTest : public ::testing::Test {
 protected:
  NativeStackTest()
      : bottom_(static_cast<std::byte*>(
            mmap(nullptr, stackBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))),
        stack_(bottom_, stackBytes) {}
  ~NativeStackTest() override { munmap(bottom_, stackBytes); }

  // As a thread of execution would that has this much on its stack.
  void touch(std::size_t bytes) { std::memset(bottom_ + stackBytes - bytes, 1, bytes); }

  std::byte* const bottom_;
  NativeStack stack_;
};

TEST_F(NativeStackTest, whatThePoolKeepsIsNotCounted) {
  EXPECT_EQ(stack_.count(), 0u);
  touch(NativeStack::keptBytes);
  EXPECT_FALSE(stack_.seemsDeeper());
  EXPECT_EQ(stack_.count(), 0u);
}

TEST_F(NativeStackTest, pagesAreCountedAsDeepAsTheyWereTouched) {
  touch(NativeStack::keptBytes + 1);
  EXPECT_TRUE(stack_.seemsDeeper());
  EXPECT_EQ(stack_.count(), page);
  EXPECT_FALSE(stack_.seemsDeeper());
  touch(stackBytes / 2);
  EXPECT_EQ(stack_.count(), stackBytes / 2 - NativeStack::keptBytes);
  touch(stackBytes);
  EXPECT_EQ(stack_.count(), countedMax);
  EXPECT_FALSE(stack_.seemsDeeper());
}

// A frame may be as large as it likes, and leave no trace on most of its pages.
TEST_F(NativeStackTest, aPageFarBelowTheOthersIsFound) {
  bottom_[10 * page] = std::byte{1};
  EXPECT_FALSE(stack_.seemsDeeper());
  EXPECT_EQ(stack_.count(), countedMax - 10 * page);
}

TEST_F(NativeStackTest, releasingLeavesNothingToCount) {
  touch(stackBytes);
  EXPECT_EQ(stack_.count(), countedMax);
  stack_.release();
  EXPECT_EQ(stack_.count(), 0u);
  EXPECT_EQ(NativeStack(bottom_, stackBytes).count(), 0u);
}

TEST_F(NativeStackTest, noneIsUnknownAndHasNothingToRelease) {
  NativeStack none;
  EXPECT_FALSE(none.known());
  none.release();
}

TEST(NativeStacks, anEngineKnowsItsOwn) {
  const Engine engine({.guestsMax = 3});
  int local = 0;
  EXPECT_TRUE(engine.stacks().at(&local).known());
}

}  // namespace
}  // namespace troop::sandbox::wasm
