#include "sandbox/wasm/module.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/error.h"

namespace troop::sandbox::wasm {
namespace {

constexpr std::string_view minimal = R"((module
  (memory (export "memory") 2) (global (export "counter") (mut i32) (i32.const 0))
  (global (export "constant") i32 (i32.const 0))
  (func (export "troop_abi_1")) (func (export "troop_alloc") (param i32) (result i32) (i32.const 0))
  (func (export "troop_deliver") (param i32 i32))))";

class Modules : public ::testing::Test {
 protected:
  Ref<Module> compile(std::string_view text) {
    return Module::compile(engine, "plugin.wasm", binaryOfText("plugin.wat", text));
  }
  std::string refusal(std::string_view text) {
    try {
      compile(text);
    } catch (const Error& error) {
      return error.reason();
    }
    return "";
  }

  Engine engine{{.guestsMax = 4}};
};

// The ABI's parts but for what is in `without`, and `with` in its place.
std::string without(std::string_view part, std::string_view with = "") {
  std::string text(minimal);
  const std::size_t at = text.find(part);
  EXPECT_NE(at, std::string::npos);
  return text.replace(at, part.size(), with);
}

TEST_F(Modules, aModuleSaysWhatItHas) {
  const Ref<Module> module = compile(minimal);
  EXPECT_EQ(module->name(), "plugin.wasm");
  EXPECT_EQ(module->memoryBytesMin(), 2 * pageBytes);
  EXPECT_TRUE(module->exportsFunction("troop_deliver"));
  EXPECT_FALSE(module->exportsFunction("memory"));
  EXPECT_EQ(module->mutableGlobals(), std::vector<std::string>{"counter"});
}

TEST_F(Modules, whatTheAbiAsksForMustBeThere) {
  EXPECT_EQ(refusal(without("(func (export \"troop_abi_1\"))")),
            "plugin.wasm: has no export troop_abi_1: it is not made for the troop ABI 1");
  EXPECT_EQ(refusal(without("troop_abi_1", "troop_abi_2")),
            "plugin.wasm: is made for the troop ABI 2; this host offers version 1");
  EXPECT_EQ(refusal(without("(memory (export \"memory\") 2)", "(memory 2)")),
            "plugin.wasm: exports no memory named memory");
  EXPECT_EQ(refusal(without("(func (export \"troop_deliver\") (param i32 i32))")),
            "plugin.wasm: has no export troop_deliver, which the troop ABI 1 asks for");
  EXPECT_EQ(refusal(without("(param i32 i32)", "(param i32 i64)")),
            "plugin.wasm: exports troop_deliver with another type than the troop ABI 1 asks for");
}

TEST_F(Modules, onlyWhatTheAbiOffersCanBeImported) {
  EXPECT_EQ(refusal(without("(module", "(module (import \"env\" \"fork\" (func (result i32)))")),
            "plugin.wasm: imports env.fork, which the troop ABI 1 does not offer");
  EXPECT_EQ(refusal(without("(module", "(module (import \"troop\" \"fork\" (func (result i32)))")),
            "plugin.wasm: imports troop.fork, which the troop ABI 1 does not offer");
  EXPECT_EQ(refusal(without("(module", "(module (import \"troop\" \"log\" (func (param i32)))")),
            "plugin.wasm: imports troop.log with another type than the troop ABI 1 gives it");
  EXPECT_EQ(refusal(without("(module", "(module (import \"troop\" \"log\" (global i32))")),
            "plugin.wasm: imports troop.log with another type than the troop ABI 1 gives it");
  EXPECT_EQ(refusal(R"((module (import "troop" "memory" (memory 1)) (func (export "troop_abi_1"))
    (func (export "troop_alloc") (param i32) (result i32) (i32.const 0))
    (func (export "troop_deliver") (param i32 i32))
    (export "memory" (memory 0))))"),
            "plugin.wasm: imports troop.memory, which the troop ABI 1 does not offer");
}

TEST_F(Modules, languageThatCannotBeBoundedIsRefused) {
  EXPECT_NE(refusal("(module (memory 1 1 shared))"), "");
  EXPECT_NE(refusal("(module (memory i64 1))"), "");
  EXPECT_NE(refusal("(module (memory 1) (memory 1))"), "");
  EXPECT_NE(refusal("(module (table 1 funcref) (table 1 funcref))"), "");
  EXPECT_NE(refusal("(module (table 20001 funcref))"), "");
  EXPECT_NE(refusal("(module (type (struct)))"), "");
}

// Types that the engine's C API has no kind for must not end the process.
TEST_F(Modules, typesThatTheAbiDoesNotUseDoNoHarm) {
  EXPECT_EQ(refusal(without("(module",
                            "(module (import \"troop\" \"log\" (func (param v128 funcref f32)))")),
            "plugin.wasm: imports troop.log with another type than the troop ABI 1 gives it");
  EXPECT_EQ(refusal(without("(param i32 i32)", "(param v128 i32)")),
            "plugin.wasm: exports troop_deliver with another type than the troop ABI 1 asks for");
  EXPECT_EQ(refusal(without(
                "(module",
                "(module (func (export \"v\") (param v128 funcref) (result f64) (f64.const 0))"
                "(global (export \"w\") (mut v128) (v128.const i64x2 0 0))")),
            "");
}

TEST_F(Modules, whatIsNoModuleIsSaidSo) {
  const auto refusalOfBytes = [&](std::vector<std::byte> bytes) {
    try {
      Module::compile(engine, "x.wasm", bytes);
    } catch (const Error& error) {
      return error.reason();
    }
    return std::string();
  };
  EXPECT_EQ(refusalOfBytes({}), "x.wasm: is not a WebAssembly module");
  EXPECT_EQ(refusalOfBytes(std::vector<std::byte>(64)), "x.wasm: is not a WebAssembly module");
  std::vector<std::byte> whole = binaryOfText("x.wat", minimal);
  for (std::size_t size = 5; size < whole.size(); ++size) {
    EXPECT_NE(refusalOfBytes({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)}),
              "")
        << size;
  }
  // A bit of each byte turned over: an error, or a module, but never a crash.
  for (std::size_t i = 0; i < whole.size(); ++i) {
    std::vector<std::byte> damaged = whole;
    damaged[i] ^= std::byte{1} << (i % 8);
    refusalOfBytes(damaged);
  }
}

TEST_F(Modules, textErrorsHaveTheirPlace) {
  try {
    binaryOfText("guest.wat", "(module\n\n  (funk))");
    FAIL();
  } catch (const Error& error) {
    EXPECT_TRUE(error.reason().starts_with("guest.wat:3:4: ")) << error.reason();
  }
}

}  // namespace
}  // namespace troop::sandbox::wasm
