#include "sandbox/js/bake/baked-module.h"

#include <gtest/gtest.h>
#include <wasmtime.h>

#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/error.h"
#include "sandbox/wasm/engine.h"
#include "sandbox/wasm/imports.h"
#include "sandbox/wasm/module.h"
#include "sandbox/wasm/store.h"

namespace troop::sandbox::js {
namespace {

// What the guest ABI asks of every module, so that the same engine can run these.
constexpr std::string_view abi = R"(
  (func (export "troop_abi_1"))
  (func (export "troop_alloc") (param i32) (result i32) (i32.const 0))
  (func (export "troop_deliver") (param i32 i32))
)";

std::vector<std::byte> module(std::string_view body) {
  return wasm::binaryOfText("test.wat", "(module " + std::string(body) + std::string(abi) + ")");
}

std::string refusal(std::string_view text, std::vector<std::uint64_t> globals = {}) {
  const std::vector<std::byte> memory(std::size_t{64} << 10);
  try {
    bakedModule(wasm::binaryOfText("test.wat", text), {memory, std::move(globals)}, {});
  } catch (const Error& error) {
    return error.reason();
  }
  return "it was baked";
}

class BakedModule : public ::testing::Test {
 protected:
  // Instantiates a module on this thread.
  struct Instance {
    Instance(BakedModule& test, const std::vector<std::byte>& code)
        : module(wasm::Module::compile(test.engine, "test", code)),
          prepared(test.imports.prepare(*module)),
          store(test.engine, test.calls) {
      store.limitMemory(std::size_t{16} << 20);
      store.beginInstance(prepared.get());
      store.finish().value();
    }
    std::int32_t call(std::string_view name) {
      store.begin(store.function(name).value(), {});
      return store.finish().value();
    }
    InstanceState state(std::vector<std::uint64_t> globals) {
      return {store.memory(), std::move(globals)};
    }

    Ref<wasm::Module> module;
    wasm::Prepared prepared;
    wasm::Store store;
  };

  wasm::Engine engine{{.guestsMax = 4}};
  wasm::Imports imports{engine};
  wasm::HostCalls calls;
};

TEST_F(BakedModule, beginsWhereTheLiveInstanceWas) {
  const auto code = module(R"(
    (memory (export "memory") 1)
    (global $count (mut i32) (i32.const 5))
    (data (i32.const 100) "first")
    (func (export "step") (result i32)
      (global.set $count (i32.add (global.get $count) (i32.const 1)))
      (i32.store8 (i32.const 100) (i32.const 70))
      (i32.store (i32.const 60000) (global.get $count))
      (global.get $count))
    (func (export "stored") (result i32) (i32.load (i32.const 60000)))
    (func (export "letter") (result i32) (i32.load8_u (i32.const 100)))
  )");
  Instance live(*this, code);
  live.call("step");
  EXPECT_EQ(live.call("step"), 7);

  Instance baked(*this, bakedModule(code, live.state({7}), {}));
  EXPECT_EQ(baked.call("stored"), 7);
  EXPECT_EQ(baked.call("letter"), 'F');
  EXPECT_EQ(baked.call("step"), 8);
}

TEST_F(BakedModule, keepsMemoryThatHasGrown) {
  const auto code = module(R"(
    (memory (export "memory") 1 9)
    (func (export "grow") (result i32) (drop (memory.grow (i32.const 2)))
      (i32.store (i32.const 196604) (i32.const 42)) (memory.size))
    (func (export "last") (result i32) (i32.load (i32.const 196604)))
    (func (export "growToMaximum") (result i32) (memory.grow (i32.const 7)))
  )");
  Instance live(*this, code);
  EXPECT_EQ(live.call("grow"), 3);
  Instance baked(*this, bakedModule(code, live.state({}), {}));
  EXPECT_EQ(baked.store.memoryBytes(), 3 * wasm::pageBytes);
  EXPECT_EQ(baked.call("last"), 42);
  EXPECT_EQ(baked.call("growToMaximum"), -1) << "the maximum is lost";
}

TEST_F(BakedModule, runsNoStartFunctionAgain) {
  const auto code = module(R"(
    (memory (export "memory") 1)
    (func $start (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (i32.const 1))))
    (start $start)
    (func (export "starts") (result i32) (i32.load (i32.const 0)))
  )");
  Instance live(*this, code);
  EXPECT_EQ(live.call("starts"), 1);
  Instance baked(*this, bakedModule(code, live.state({}), {}));
  EXPECT_EQ(baked.call("starts"), 1);
}

TEST_F(BakedModule, leavesOutTheExportsThatItIsTold) {
  const auto code = module(
      R"((memory (export "memory") 1) (func (export "_initialize")) (func (export "keep")))");
  Instance live(*this, code);
  Instance baked(*this, bakedModule(code, live.state({}), {"_initialize", "absent"}));
  EXPECT_FALSE(baked.module->exportsFunction("_initialize"));
  EXPECT_TRUE(baked.module->exportsFunction("keep"));
  EXPECT_TRUE(baked.module->exportsFunction("troop_deliver"));
}

TEST_F(BakedModule, keepsGlobalsOfEveryKindAndTheirOrder) {
  const auto code = module(R"(
    (memory (export "memory") 1)
    (global $fixed i32 (i32.const 9))
    (global $a (export "a") (mut i32) (i32.const 1))
    (global $b (mut i64) (i64.const 2))
    (global $c (mut f32) (f32.const 3))
    (global $d (export "d") (mut f64) (f64.const 4))
    (func (export "a?") (result i32) (i32.eq (global.get $a) (i32.const -2147483648)))
    (func (export "b?") (result i32) (i64.eq (global.get $b) (i64.const -5)))
    (func (export "c?") (result i32) (f32.eq (global.get $c) (f32.const 0.5)))
    (func (export "d?") (result i32) (f64.eq (global.get $d) (f64.const -0.25)))
    (func (export "fixed") (result i32) (global.get $fixed))
  )");
  EXPECT_EQ(mutableGlobalNames(code), (std::vector<std::string>{"a", "", "", "d"}));
  float c = 0.5;
  double d = -0.25;
  std::vector<std::uint64_t> globals = {0x80000000, static_cast<std::uint64_t>(-5), 0, 0};
  std::memcpy(&globals[2], &c, sizeof c);
  std::memcpy(&globals[3], &d, sizeof d);
  Instance live(*this, code);
  Instance baked(*this, bakedModule(code, live.state(globals), {}));
  for (const char* name : {"a?", "b?", "c?", "d?"}) EXPECT_EQ(baked.call(name), 1) << name;
  EXPECT_EQ(baked.call("fixed"), 9);
}

TEST_F(BakedModule, isTheSameForTheSameState) {
  const auto code = module(R"((memory (export "memory") 1) (data (i32.const 5) "x"))");
  Instance one(*this, code);
  Instance other(*this, code);
  EXPECT_EQ(bakedModule(code, one.state({}), {}), bakedModule(code, other.state({}), {}));
}

TEST_F(BakedModule, giveDataToAModuleThatHadNone) {
  const auto code = module(
      R"((memory (export "memory") 1)
         (func (export "get") (result i32) (i32.load8_u (i32.const 7))))");
  std::vector<std::byte> memory(wasm::pageBytes);
  memory[7] = std::byte{99};
  Instance baked(*this, bakedModule(code, {memory, {}}, {}));
  EXPECT_EQ(baked.call("get"), 99);
}

TEST_F(BakedModule, keepsBytesOnBothSidesOfGapsAndAtBothEnds) {
  const auto code = module(R"((memory (export "memory") 2))");
  std::vector<std::byte> memory(2 * wasm::pageBytes);
  for (std::size_t at :
       {std::size_t{0}, std::size_t{1}, std::size_t{100}, std::size_t{5000}, std::size_t{9095},
        std::size_t{9097}, wasm::pageBytes, memory.size() - 1}) {
    memory[at] = std::byte{1};
  }
  Instance baked(*this, bakedModule(code, {memory, {}}, {}));
  const auto result = baked.store.memory();
  EXPECT_TRUE(std::equal(result.begin(), result.end(), memory.begin(), memory.end()));
}

TEST(BakedModuleRefuses, whatItDoesNotUnderstand) {
  EXPECT_EQ(refusal("(module)"), "cannot bake this WebAssembly module: it defines no memory");
  EXPECT_EQ(
      refusal("(module (memory 1) (data \"passive\"))"),
      "cannot bake this WebAssembly module: it has data segments that are copied by instructions");
  EXPECT_EQ(refusal("(module (memory 1) (memory 1))"),
            "cannot bake this WebAssembly module: it has not one memory");
  EXPECT_EQ(refusal("(module (memory i64 1))"),
            "cannot bake this WebAssembly module: its memory is shared or has 64-bit addresses");
  EXPECT_EQ(
      refusal("(module (memory 1) (global (mut i32) (i32.const 0)))"),
      "cannot bake this WebAssembly module: it has more mutable globals than there are values");
  EXPECT_EQ(
      refusal("(module (memory 1))", {1}),
      "cannot bake this WebAssembly module: it has fewer mutable globals than there are values");
  EXPECT_EQ(refusal("(module (memory 1) (global (mut funcref) (ref.null func)))", {1}),
            "cannot bake this WebAssembly module: a mutable global is no number");
}

TEST(BakedModuleRefuses, everyPrefixOfAModule) {
  const auto code = module(R"(
    (import "troop" "release" (func (param i32)))
    (memory (export "memory") 1) (data (i32.const 3) "abc")
    (global (export "g") (mut i32) (i32.const 3)) (table 1 funcref) (elem (i32.const 0) 1)
  )");
  const std::vector<std::byte> memory(wasm::pageBytes);
  std::size_t refused = 0;
  for (std::size_t size = 0; size < code.size(); ++size) {
    const auto prefix = std::span(code).first(size);
    try {
      // Whole sections may be missing at the end without anybody noticing; nothing worse may
      // happen.
      mutableGlobalNames(prefix);
      bakedModule(prefix, {memory, {0}}, {});
    } catch (const Error&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, code.size() * 9 / 10);
}

TEST(MutableGlobalNames, areFoundBehindImportedGlobals) {
  const auto code = wasm::binaryOfText("test.wat", R"((module
    (import "m" "f" (func)) (import "m" "t" (table 1 2 funcref)) (import "m" "g" (global i32))
    (global $own (export "own") (mut i32) (i32.const 0)) (export "again" (global 0))))");
  EXPECT_EQ(mutableGlobalNames(code), std::vector<std::string>{"own"});
}

}  // namespace
}  // namespace troop::sandbox::js
