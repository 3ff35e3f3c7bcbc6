#include "sandbox/wasm/compile-worker.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <vector>

#include "runtime/error.h"
#include "sandbox/wasm/module.h"

namespace troop::sandbox::wasm {
namespace {

using namespace std::chrono_literals;

// Nested loops: what a compiler does with them grows faster than they do.
std::vector<std::byte> laborious() {
  std::string text = "(module (func (param i32) ";
  for (int i = 0; i < 6000; ++i) {
    text += "loop local.get 0 i32.const 1 i32.add local.tee 0 br_if 0 ";
  }
  for (int i = 0; i < 6000; ++i) text += "end ";
  return binaryOfText("laborious.wat", text + "))");
}

std::string refusal(const std::vector<std::byte>& code, const CompileLimits& limits = {}) {
  try {
    compileInWorker(code, limits);
  } catch (const Error& error) {
    return error.reason();
  }
  return "";
}

TEST(CompileWorker, compilesWhatIsRight) {
  EXPECT_FALSE(compileInWorker(binaryOfText("m.wat", "(module (func (export \"f\")))")).empty());
}

TEST(CompileWorker, saysWhatIsWrong) {
  EXPECT_NE(refusal(std::vector<std::byte>(16)), "");
  EXPECT_NE(refusal(binaryOfText("m.wat", "(module (func (result i32)))")).find("type mismatch"),
            std::string::npos);
}

TEST(CompileWorker, takesNoMoreTimeThanItMay) {
  EXPECT_EQ(refusal(laborious(), {.cpu = 1s}), "takes more than 1 s of CPU time to compile");
}

// The allocators of sanitizers do not come to an end with a limit as others do.
#if !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer)
TEST(CompileWorker, takesNoMoreMemoryThanItMay) {
  EXPECT_EQ(refusal(laborious(), {.memoryBytes = 48 << 20}),
            "was given up, as what takes more than 48 MiB of memory to compile is (Aborted)");
}
#endif

}  // namespace
}  // namespace troop::sandbox::wasm
