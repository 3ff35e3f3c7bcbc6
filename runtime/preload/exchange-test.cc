#include "runtime/preload/exchange.h"

#include <gtest/gtest.h>
#include <pthread.h>

#include <array>
#include <cfenv>

namespace troop::preload {
namespace {

struct Other {
  alignas(16) std::array<std::byte, 64 * 1024> memory;
  void* stack = nullptr;  // where it was left
  void* mine = nullptr;   // where the test was
  int steps = 0;
};
Other* other = nullptr;

void goOnOther() {
  troopExchangeStacks(&other->mine, other->stack, threadBase());
}

void runOnOther() {
  for (;;) {
    ++other->steps;
    std::fesetround(FE_UPWARD);
    troopExchangeStacks(&other->stack, other->mine, threadBase());
  }
}

// As a stack that was left is laid out.
void* prepare(std::array<std::byte, 64 * 1024>& memory) {
  auto* top = reinterpret_cast<std::uint64_t*>(memory.data() + memory.size());
  *--top = 0;  // where the entry would return to: the stack is aligned as after a call
  *--top = reinterpret_cast<std::uint64_t>(&runOnOther);
  for (int saved = 0; saved < 6; ++saved) *--top = 0;
  std::uint32_t control = 0;
  std::uint16_t x87 = 0;
  asm volatile("stmxcsr %0; fnstcw %1" : "=m"(control), "=m"(x87));
  *--top = std::uint64_t{control} << 32 | x87;
  return top;
}

TEST(Exchange, eachStackGoesOnWhereItWasLeft) {
  ASSERT_TRUE(canExchangeBases());
  Other its;
  other = &its;
  its.stack = prepare(its.memory);
  goOnOther();
  EXPECT_EQ(its.steps, 1);
  goOnOther();
  EXPECT_EQ(its.steps, 2);
}

TEST(Exchange, eachStackHasItsOwnRounding) {
  Other its;
  other = &its;
  its.stack = prepare(its.memory);
  std::fesetround(FE_DOWNWARD);
  goOnOther();
  EXPECT_EQ(std::fegetround(), FE_DOWNWARD);
  std::fesetround(FE_TONEAREST);
}

TEST(Exchange, theBaseIsThatOfTheThread) {
  EXPECT_EQ(threadBase(), static_cast<std::uintptr_t>(pthread_self()));
}

}  // namespace
}  // namespace troop::preload
