#include "sandbox/wasm/compile-worker.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <span>
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

// Branches that each carry a thousand values, which are looked at one by one for each of them.
std::vector<std::byte> branches() {
  std::string type = "(type $many (func (result";
  std::string values, drops;
  for (int i = 0; i < 1000; ++i) {
    type += " i32";
    values += "i32.const 0 ";
    drops += "drop ";
  }
  std::string table = "br_table ";
  for (int i = 0; i < 60'000; ++i) table += "0 ";
  std::string text = "(module " + type + "))) ";
  const std::string function =
      "(func block (type $many) " + values + "i32.const 0 " + table + "end " + drops + ") ";
  for (int i = 0; i < 20; ++i) text += function;
  return binaryOfText("branches.wat", text + ")");
}

// Functions of a type with many parameters, each of which is counted again for each function.
std::string parameters() {
  std::string text = "(module (type (func (param";
  for (int i = 0; i < 300'000; ++i) text += " i32";
  text += ")))";
  for (int i = 0; i < 150'000; ++i) text += "(func(type 0))";
  return text + ")";
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

TEST(CompileWorker, validatesInNoMoreTimeThanItMay) {
  const std::vector<std::byte> code = branches();
  const std::vector<std::byte> least = binaryOfText("m.wat", "(module)");
  const Preparation toLeast = [&](std::span<const std::byte>) { return least; };
  EXPECT_FALSE(compileInWorker(least, toLeast).empty());
  try {
    compileInWorker(code, toLeast, {.cpu = 1s});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.reason(), "takes more than 1 s of CPU time to compile");
  }
}

TEST(CompileWorker, preparesOnlyWhatIsValid) {
  const std::vector<std::byte> code = binaryOfText("m.wat", "(module (func (result i32)))");
  const Preparation never = [](std::span<const std::byte>) -> std::vector<std::byte> {
    throw Error(ErrorKind::failed, "it was prepared");
  };
  try {
    compileInWorker(code, never);
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(error.reason().find("type mismatch"), std::string::npos) << error.reason();
  }
}

TEST(CompileWorker, readsTextInNoMoreTimeThanItMay) {
  try {
    parseInWorker(parameters(), {.cpu = 1s});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.reason(), "takes more than 1 s of CPU time to read");
  }
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
