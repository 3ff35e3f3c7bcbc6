#include "runtime/stack/stack-switch.h"

#include <gtest/gtest.h>

#include <array>
#include <cfenv>
#include <cstddef>
#include <cstdint>

namespace troop {
namespace {

// Sanitizers are told of no switch here: what runs on the other stack is simple enough for them.
class OtherStack {
 public:
  explicit OtherStack(StackEntry entry) noexcept
      : context_(beginStack(memory_.data() + memory_.size(), memory_.size(), entry)) {}

  // What the other side has made of `number`, whose address is the message.
  int send(int number) noexcept {
    const StackSwitch back = switchStack(context_, &number);
    EXPECT_EQ(back.message, &number);
    context_ = back.left;
    return number;
  }

 private:
  alignas(16) std::array<std::byte, std::size_t{64} * 1024> memory_;
  StackContext context_;
};

void answer(StackSwitch& from, int number) noexcept {
  *static_cast<int*>(from.message) = number;
  from = switchStack(from.left, from.message);
}

void sumUp(StackSwitch from) noexcept {
  for (int sum = 0;;) {
    sum += *static_cast<int*>(from.message);
    answer(from, sum);
  }
}

TEST(StackSwitch, goesToAndFroWithMessages) {
  OtherStack other(&sumUp);
  EXPECT_EQ(other.send(1), 1);
  EXPECT_EQ(other.send(2), 3);
  EXPECT_EQ(other.send(39), 42);
}

TEST(StackSwitch, keepsApartWhatIsOnEachStack) {
  OtherStack one(&sumUp), two(&sumUp);
  for (int i = 1; i <= 10; ++i) {
    EXPECT_EQ(one.send(1), i);
    EXPECT_EQ(two.send(10), 10 * i);
  }
}

// As deep as `depth` calls, so that every return of them comes after a switch.
[[gnu::noinline]] int descend(StackSwitch& from, int depth) noexcept {
  if (depth > 0) return 1 + descend(from, depth - 1);
  answer(from, -1);
  return 0;
}

TEST(StackSwitch, returnsFromTheCallsThatWereLeft) {
  OtherStack other([](StackSwitch from) noexcept {
    const int depth = descend(from, 20);
    for (;;) answer(from, depth);
  });
  EXPECT_EQ(other.send(0), -1);
  EXPECT_EQ(other.send(0), 20);
}

TEST(StackSwitch, givesEachSideItsOwnRoundingOfNumbers) {
  ASSERT_EQ(std::fesetround(FE_UPWARD), 0);
  OtherStack other([](StackSwitch from) noexcept {
    for (;;) {
      const int before = std::fegetround();
      std::fesetround(FE_DOWNWARD);
      answer(from, before);
    }
  });
  // It begins with that of who has made it.
  EXPECT_EQ(other.send(0), FE_UPWARD);
  EXPECT_EQ(std::fegetround(), FE_UPWARD);
  std::fesetround(FE_TONEAREST);
  EXPECT_EQ(other.send(0), FE_DOWNWARD);
  EXPECT_EQ(std::fegetround(), FE_TONEAREST);
}

// A stack begins as the ABI says: what is called on it may keep vectors there.
TEST(StackSwitch, beginsOnAnAlignedStack) {
  OtherStack other([](StackSwitch from) noexcept {
    for (;;) {
      alignas(16) volatile double vector[2] = {1, 2};
      const volatile void* address = vector;
      asm volatile("" : "+r"(address));  // or the compiler takes it for granted
      answer(from, static_cast<int>(reinterpret_cast<std::uintptr_t>(address) % 16));
    }
  });
  EXPECT_EQ(other.send(1), 0);
}

}  // namespace
}  // namespace troop
