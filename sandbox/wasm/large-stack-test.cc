#include "sandbox/wasm/large-stack.h"

#include <gtest/gtest.h>

#include <cstddef>

#include "runtime/error.h"
#include "runtime/process.h"

namespace troop::sandbox::wasm {
namespace {

// Uses `depth` KiB of stack at least.
std::size_t deep(std::size_t depth) {
  volatile char frame[1024];
  frame[0] = 1;
  return depth == 0 ? 0 : deep(depth - 1) + static_cast<std::size_t>(frame[0]);
}

TEST(LargeStack, isLargerThanThatOfATask) {
  Process process({.carriers = 1});
  std::size_t depth = 0;
  process.run([&] { runOnLargeStack([&] { depth = deep(4096); }); });
  EXPECT_EQ(depth, 4096u);
}

TEST(LargeStack, passesErrorsOn) {
  EXPECT_THROW(runOnLargeStack([] { throw Error(ErrorKind::failed, "no"); }), Error);
}

}  // namespace
}  // namespace troop::sandbox::wasm
