#include "sandbox/wasm/store.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "sandbox/wasm/imports.h"
#include "sandbox/wasm/module.h"

namespace troop::sandbox::wasm {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view text = R"((module
  (import "troop" "log" (func $log (param i32 i32 i32)))
  (memory (export "memory") 1) (global (export "counter") (mut i32) (i32.const 5))
  (func (export "troop_abi_1")) (func (export "troop_alloc") (param i32) (result i32) (i32.const 0))
  (func (export "troop_deliver") (param i32 i32))
  (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func (export "spin") (loop $l (br $l)))
  (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
  (func (export "trap") unreachable)
  (func $deep (export "deep") (call $deep))
  (func $descend (export "descend") (param i32) (result i32)
    (if (result i32) (local.get 0)
      (then (i32.add (i32.const 1) (call $descend (i32.sub (local.get 0) (i32.const 1)))))
      (else (i32.const 0))))))";

class Stores : public ::testing::Test {
 protected:
  std::unique_ptr<Store> make(std::size_t memoryMax = 10 * pageBytes) {
    auto store = std::make_unique<Store>(engine, calls);
    store->limitMemory(memoryMax);
    store->beginInstance(prepared.get());
    EXPECT_TRUE(store->finish().succeeded());
    return store;
  }
  static Expected<std::int32_t> run(Store& store, std::string_view name,
                                    std::initializer_list<std::int32_t> arguments = {},
                                    Time deadline = never) {
    store.begin(*store.function(name), arguments);
    return store.finish(deadline);
  }

  Engine engine{{.guestsMax = 3}};
  Imports imports{engine};
  Ref<Module> module = Module::compile(engine, "m.wasm", binaryOfText("m.wat", text));
  Prepared prepared = imports.prepare(*module);
  HostCalls calls;
};

TEST_F(Stores, callsFunctionsAndFindsWhatIsExported) {
  const auto store = make();
  EXPECT_EQ(run(*store, "add", {20, 22}).value(), 42);
  EXPECT_TRUE(run(*store, "troop_abi_1").succeeded());
  EXPECT_FALSE(store->function("nothing"));
  EXPECT_FALSE(store->function("memory"));
  EXPECT_TRUE(store->global("counter"));
  EXPECT_FALSE(store->global("add"));
  EXPECT_EQ(store->memory().size(), pageBytes);
}

TEST_F(Stores, aRunningCallYieldsAndCanBeGivenUp) {
  const auto store = make();
  store->begin(*store->function("spin"), {});
  for (int i = 0; i < 3; ++i) EXPECT_EQ(store->poll(), Store::Progress::yielded);
  EXPECT_TRUE(store->running());
  // Destroyed in the midst of it.
}

// While it rests ticks go by. Were they its own, every call would yield before it has begun.
TEST_F(Stores, aCallAfterARestHasAWholeTurn) {
  const auto store = make();
  constexpr int calls = 50;
  int yields = 0;
  for (int i = 0; i < calls; ++i) {
    {
      const Engine::Turn ofAnother(engine);
      const std::uint64_t tick = engine.ticks();
      while (engine.ticks() < tick + 2) std::this_thread::yield();
    }
    store->begin(*store->function("add"), {i, 1});
    while (store->poll() == Store::Progress::yielded) ++yields;
    EXPECT_EQ(store->result(), i + 1);
  }
  EXPECT_LT(yields, calls / 2);
}

TEST_F(Stores, aCallThatTakesTooLongEndsTheInstance) {
  const auto store = make();
  const Expected<std::int32_t> result = run(*store, "spin", {}, after(5ms));
  EXPECT_EQ(result.error().detail(), ErrorDetail::cpu);
  EXPECT_TRUE(store->dead());
  EXPECT_EQ(run(*store, "add", {1, 2}).error().detail(), ErrorDetail::cpu);
  EXPECT_EQ(store->poll(), Store::Progress::died);
}

TEST_F(Stores, memoryGrowsToItsLimitAlsoWhenThatMoves) {
  const auto store = make(4 * pageBytes);
  EXPECT_EQ(run(*store, "grow", {3}).value(), 1);
  EXPECT_EQ(run(*store, "grow", {1}).value(), -1);
  store->limitMemory(6 * pageBytes);
  EXPECT_EQ(run(*store, "grow", {2}).value(), 4);
  EXPECT_EQ(run(*store, "grow", {1}).value(), -1);
  EXPECT_EQ(store->memoryBytes(), 6 * pageBytes);
}

TEST_F(Stores, anInstanceOverItsLimitIsNotMade) {
  Store store(engine, calls);
  store.limitMemory(pageBytes - 1);
  store.beginInstance(prepared.get());
  EXPECT_TRUE(store.finish().failed());
  EXPECT_TRUE(store.memory().empty());
  EXPECT_FALSE(store.function("add"));
}

TEST_F(Stores, trapsAreToldApart) {
  const auto trapped = make();
  EXPECT_EQ(run(*trapped, "trap").error().reason(),
            "wasm trap: wasm `unreachable` instruction executed");
  EXPECT_EQ(trapped->cause().kind(), ErrorKind::failed);
  const auto deep = make();
  EXPECT_EQ(run(*deep, "deep").error().detail(), ErrorDetail::stack);
  EXPECT_EQ(deep->cause().reason(), "stack 4 MiB reached");
}

// As compilers lay it out: the stack is first in memory, and its pointer moves towards 0.
class LinearStack : public Stores {
 protected:
  Error causeOf(const std::string& stackPointer, const std::string& code) {
    const std::string whole =
        "(module (memory (export \"memory\") 1)" + stackPointer +
        "(func (export \"troop_abi_1\")) (func (export \"troop_deliver\") (param i32 i32))"
        "(func (export \"troop_alloc\") (param i32) (result i32) (i32.const 0))"
        "(func (export \"go\")" +
        code + "))";
    const Ref<Module> compiled = Module::compile(engine, "m.wasm", binaryOfText("m.wat", whole));
    const Prepared ready = imports.prepare(*compiled);
    Store store(engine, calls);
    store.limitMemory(pageBytes);
    store.beginInstance(ready.get());
    EXPECT_TRUE(store.finish().succeeded());
    return run(store, "go").error();
  }

  static std::string pointerAt(std::string_view bytes) {
    return "(global $sp (export \"__stack_pointer\") (mut i32) (i32.const " + std::string(bytes) +
           "))";
  }
  static constexpr const char* moveBelowZero = "(global.set $sp (i32.const -16))";
  static constexpr const char* useIt = "(i32.store (global.get $sp) (i32.const 1))";
};

TEST_F(LinearStack, isToldToBeReachedWhereItsPointerIsBelowZero) {
  const Error cause = causeOf(pointerAt("32768"), std::string(moveBelowZero) + useIt);
  EXPECT_EQ(cause.kind(), ErrorKind::overloaded);
  EXPECT_EQ(cause.detail(), ErrorDetail::stack);
  EXPECT_EQ(cause.reason(), "stack 32 KiB reached");
}

TEST_F(LinearStack, isToldToBeReachedByAFunctionThatDoesNotMoveItsPointer) {
  const Error cause =
      causeOf(pointerAt("32768"),
              "(global.set $sp (i32.const 16))"
              "(i32.store (i32.sub (global.get $sp) (i32.const 32)) (i32.const 1))");
  EXPECT_EQ(cause.reason(), "stack 32 KiB reached");
}

TEST_F(LinearStack, isNotBlamedForOtherTraps) {
  const std::string outside = "(i32.store (i32.const -16) (i32.const 1))";
  const std::string said = "wasm trap: out of bounds memory access";
  EXPECT_EQ(causeOf(pointerAt("32768"), outside).reason(), said);
  EXPECT_EQ(causeOf(pointerAt("0"), std::string(moveBelowZero) + useIt).reason(), said);
  EXPECT_EQ(causeOf(pointerAt("-5"), outside).reason(), said);
  EXPECT_EQ(causeOf("", outside).reason(), said);
  EXPECT_EQ(causeOf("(global (export \"__stack_pointer\") i64 (i64.const -1))", outside).reason(),
            said);
  EXPECT_EQ(
      causeOf("(global (export \"__stack_pointer\") funcref (ref.null func))", outside).reason(),
      said);
  EXPECT_EQ(causeOf("(func (export \"__stack_pointer\"))", outside).reason(), said);
  EXPECT_EQ(causeOf(pointerAt("32768"), std::string(moveBelowZero) + "unreachable").reason(),
            "wasm trap: wasm `unreachable` instruction executed");
}

TEST_F(Stores, theNativeStackIsCountedAsDeepAsItWasTouched) {
  const auto store = make();
  EXPECT_FALSE(store->stack().known());
  EXPECT_EQ(run(*store, "descend", {10}).value(), 10);
  ASSERT_TRUE(store->stack().known());
  EXPECT_FALSE(store->stack().seemsDeeper());
  EXPECT_EQ(store->stack().count(), 0u);

  EXPECT_EQ(run(*store, "descend", {20'000}).value(), 20'000);
  EXPECT_TRUE(store->stack().seemsDeeper());
  const std::size_t bytes = store->stack().count();
  EXPECT_GT(bytes, 20'000u * 16 - NativeStack::keptBytes);
  EXPECT_LE(bytes, wasmStackBytesMax + hostStackBytes);
  EXPECT_FALSE(store->stack().seemsDeeper());
  EXPECT_EQ(run(*store, "descend", {100}).value(), 100);
  EXPECT_EQ(store->stack().count(), bytes);
}

TEST_F(Stores, theNativeStackIsGivenBackAtTheEnd) {
  auto store = make();
  EXPECT_EQ(run(*store, "descend", {0}).value(), 0);
  NativeStack before = store->stack();
  EXPECT_EQ(run(*store, "deep").error().detail(), ErrorDetail::stack);
  NativeStack full = before;
  EXPECT_GT(full.count(), wasmStackBytesMax / 2);
  store.reset();
  EXPECT_EQ(before.count(), 0u);
  // Whoever has the stack next starts with it.
  const auto next = make();
  EXPECT_EQ(run(*next, "descend", {10}).value(), 10);
  EXPECT_EQ(next->stack().count(), 0u);
}

TEST_F(Stores, stacksAreToldApart) {
  const auto one = make(), two = make(), three = make();
  for (const auto& store : {&one, &two, &three}) {
    EXPECT_EQ(run(**store, "descend", {5}).value(), 5);
  }
  EXPECT_EQ(run(*two, "descend", {20'000}).value(), 20'000);
  EXPECT_EQ(one->stack().count(), 0u);
  EXPECT_GT(two->stack().count(), 0u);
  EXPECT_EQ(three->stack().count(), 0u);
}

TEST_F(Stores, memoryIsGivenBackPieceByPiece) {
  const auto store = make(1024 * pageBytes);
  EXPECT_EQ(run(*store, "grow", {1000}).value(), 1);
  std::ranges::fill(store->memory(), std::byte{1});
  store->begin(*store->function("spin"), {});
  EXPECT_EQ(store->poll(), Store::Progress::yielded);
  std::size_t pieces = 0;
  while (store->releaseMemory()) ++pieces;
  EXPECT_GT(pieces, 1u);
  EXPECT_TRUE(store->dead());
  EXPECT_FALSE(store->running());
  EXPECT_TRUE(std::ranges::all_of(store->memory(), [](auto byte) { return byte == std::byte{0}; }));
}

TEST_F(Stores, placesAreGivenBack) {
  for (int i = 0; i < 10; ++i) make();
  const auto one = make(), two = make(), three = make();
  EXPECT_THROW(make(), Error);
}

TEST_F(Stores, aCallMovesBetweenThreads) {
  const auto store = make();
  store->begin(*store->function("spin"), {});
  for (int i = 0; i < 5; ++i) {
    std::thread([&] { EXPECT_EQ(store->poll(), Store::Progress::yielded); }).join();
  }
}

}  // namespace
}  // namespace troop::sandbox::wasm
