#include "runtime/stack/stack-switch.h"

#include <gtest/gtest.h>

#include <array>
#include <cfenv>
#include <cstdint>

namespace troop {
namespace {

// Both sides are of this OS thread, as sanitizers are told by nobody here: what runs on the other
// stack is simple enough for them.
class OtherStack {
 public:
  explicit OtherStack(StackEntry entry) noexcept
      : context_(beginStack(memory_.data() + memory_.size(), memory_.size(), entry)) {}

  // What the other side has answered.
  void* send(void* message) noexcept {
    const StackSwitch back = switchStack(context_, message);
    context_ = back.left;
    return back.message;
  }

 private:
  alignas(16) std::array<std::byte, std::size_t{64} * 1024> memory_;
  StackContext context_;
};

std::intptr_t number(void* message) noexcept {
  return reinterpret_cast<std::intptr_t>(message);
}
void* message(std::intptr_t number) noexcept {
  return reinterpret_cast<void*>(number);
}

void sumUp(StackSwitch from) noexcept {
  for (std::intptr_t sum = 0;;) {
    sum += number(from.message);
    from = switchStack(from.left, message(sum));
  }
}

TEST(StackSwitch, goesToAndFroWithMessages) {
  OtherStack other(&sumUp);
  EXPECT_EQ(number(other.send(message(1))), 1);
  EXPECT_EQ(number(other.send(message(2))), 3);
  EXPECT_EQ(number(other.send(message(39))), 42);
}

TEST(StackSwitch, keepsApartWhatIsOnEachStack) {
  OtherStack one(&sumUp), two(&sumUp);
  for (std::intptr_t i = 1; i <= 10; ++i) {
    EXPECT_EQ(number(one.send(message(1))), i);
    EXPECT_EQ(number(two.send(message(10))), 10 * i);
  }
}

// As deep as `depth` calls, so that every return of them comes after a switch.
[[gnu::noinline]] std::intptr_t descend(StackSwitch& from, int depth) noexcept {
  if (depth > 0) return 1 + descend(from, depth - 1);
  from = switchStack(from.left, nullptr);
  return 0;
}

TEST(StackSwitch, returnsFromCallsThatWereLeftOnBothSides) {
  OtherStack other([](StackSwitch from) noexcept {
    const std::intptr_t depth = descend(from, 20);
    for (;;) from = switchStack(from.left, message(depth));
  });
  EXPECT_EQ(other.send(nullptr), nullptr);
  EXPECT_EQ(number(other.send(nullptr)), 20);
}

TEST(StackSwitch, givesEachSideItsOwnRoundingOfNumbers) {
  ASSERT_EQ(std::fesetround(FE_UPWARD), 0);
  OtherStack other([](StackSwitch from) noexcept {
    for (;;) {
      const int before = std::fegetround();
      std::fesetround(FE_DOWNWARD);
      from = switchStack(from.left, message(before));
    }
  });
  // It begins with that of who has made it.
  EXPECT_EQ(number(other.send(nullptr)), FE_UPWARD);
  EXPECT_EQ(std::fegetround(), FE_UPWARD);
  std::fesetround(FE_TONEAREST);
  EXPECT_EQ(number(other.send(nullptr)), FE_DOWNWARD);
  EXPECT_EQ(std::fegetround(), FE_TONEAREST);
}

// A stack begins as the ABI says: what is called on it may keep vectors there.
TEST(StackSwitch, beginsOnAnAlignedStack) {
  OtherStack other([](StackSwitch from) noexcept {
    for (;;) {
      alignas(16) volatile double vector[2] = {1, 2};
      from = switchStack(from.left, message(reinterpret_cast<std::intptr_t>(&vector) % 16));
    }
  });
  EXPECT_EQ(number(other.send(nullptr)), 0);
}

}  // namespace
}  // namespace troop
