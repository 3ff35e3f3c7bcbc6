#include "sandbox/wasm/imports.h"

#include <gtest/gtest.h>

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "runtime/error.h"
#include "sandbox/wasm/engine.h"
#include "sandbox/wasm/module.h"
#include "sandbox/wasm/store.h"

namespace troop::sandbox::wasm {
namespace {

constexpr std::string_view text = R"((module
  (import "troop" "serve" (func $serve (param i32) (result i32)))
  (import "troop" "source" (func $source (param i32 i32 i32 i32) (result i32)))
  (import "troop" "sourceCopy" (func $sourceCopy (param i32)))
  (import "troop" "abort" (func $abort (param i32 i32 i32)))
  (memory (export "memory") 1)
  (func (export "troop_abi_1")) (func (export "troop_alloc") (param i32) (result i32) (i32.const 0))
  (func (export "troop_deliver") (param i32 i32))
  (func (export "ask") (result i32) (call $serve (i32.const 1)))
  (func (export "giveUp") (call $abort (i32.const 1) (i32.const 0) (i32.const 0)))
  (func (export "fetch") (param i32) (result i32) (local i32)
    (local.set 1 (call $source (i32.const 0) (i32.const 4) (i32.const 0) (i32.const 0)))
    (call $sourceCopy (local.get 0)) (local.get 1))))";

class Sources final : public HostCalls {
 public:
  std::int32_t source(std::string_view specifier, std::string_view) noexcept override {
    asked = specifier;
    return static_cast<std::int32_t>(text_.size());
  }
  Bytes sourceBytes() noexcept override { return std::as_bytes(std::span(text_)); }
  std::string asked;

 private:
  std::string text_ = "a.js";
};

class HostFunctions : public ::testing::Test {
 protected:
  Expected<std::int32_t> run(HostCalls& calls, std::string_view name,
                             std::initializer_list<std::int32_t> arguments = {}) {
    Store store(engine, calls);
    store.limitMemory(pageBytes);
    store.beginInstance(prepared.get());
    EXPECT_TRUE(store.finish().succeeded());
    store.begin(*store.function(name), arguments);
    return store.finish();
  }

  Engine engine{{.guestsMax = 1}};
  Imports imports{engine};
  Ref<Module> module = Module::compile(engine, "m.wasm", binaryOfText("m.wat", text));
  Prepared prepared = imports.prepare(*module);
};

TEST_F(HostFunctions, whatTheHostDoesNotOfferEndsTheInstance) {
  HostCalls nothing;
  EXPECT_EQ(run(nothing, "ask").error().reason(), "bad host call serve: not offered here");
}

TEST_F(HostFunctions, theCauseThatTheHostGivesIsTheCauseOfTheEnd) {
  class Host final : public HostCalls {
    Error abort(troop_abort_kind, std::string_view) noexcept override {
      return Error(ErrorKind::overloaded, "it had to be", ErrorDetail::memory);
    }
  } host;
  EXPECT_EQ(run(host, "giveUp").error().reason(), "it had to be");
  EXPECT_EQ(run(host, "giveUp").error().detail(), ErrorDetail::memory);
}

TEST_F(HostFunctions, sourcesAreCopiedWhereTheyFit) {
  Sources sources;
  EXPECT_EQ(run(sources, "fetch", {static_cast<std::int32_t>(pageBytes) - 4}).value(), 4);
  EXPECT_EQ(sources.asked, std::string(4, '\0'));
  EXPECT_EQ(run(sources, "fetch", {static_cast<std::int32_t>(pageBytes) - 3}).error().reason(),
            "bad host call sourceCopy: the destination lies outside memory");
}

}  // namespace
}  // namespace troop::sandbox::wasm
