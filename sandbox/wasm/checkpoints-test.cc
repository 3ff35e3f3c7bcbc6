#include "sandbox/wasm/checkpoints.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <random>
#include <span>
#include <string>

#include "runtime/error.h"
#include "sandbox/wasm/imports.h"
#include "sandbox/wasm/module.h"
#include "sandbox/wasm/store.h"

namespace troop::sandbox::wasm {
namespace {

using Code = std::vector<std::byte>;

Code binary(const std::string& text) {
  return binaryOfText("m.wat", "(module " + text + ")");
}

std::size_t occurrences(const Code& code, std::span<const std::byte> sequence) {
  std::size_t count = 0;
  auto at = code.begin();
  while ((at = std::search(at, code.end(), sequence.begin(), sequence.end())) != code.end()) {
    ++count;
    ++at;
  }
  return count;
}

std::size_t checkpoints(const Code& code) {
  constexpr std::array checkpoint{std::byte{0x03}, std::byte{0x40}, std::byte{0x0b}};
  return occurrences(code, checkpoint);
}

std::size_t checkpointsOf(const std::string& text) {
  return checkpoints(withCheckpoints(binary(text)));
}

std::string repeated(const std::string& text, std::size_t count) {
  std::string all;
  for (std::size_t i = 0; i < count; ++i) all += text;
  return all;
}

// A path that is nearly so many times as long as one without a checkpoint may be; `nop` is a byte.
std::string path(std::size_t times) {
  return repeated(" nop", times * pathBytesMax - 100);
}

TEST(Checkpoints, stayAwayFromCodeThatTheEngineInterrupts) {
  EXPECT_EQ(checkpointsOf("(func (loop $l (br $l)))"), 0u);
  EXPECT_EQ(checkpointsOf("(func (loop nop))"), 0u);
  EXPECT_EQ(checkpointsOf("(func" + repeated("(loop" + repeated(" nop", 9000) + ")", 9) + ")"), 0u);
}

TEST(Checkpoints, followEveryCall) {
  EXPECT_EQ(checkpointsOf("(func $f) (func (call $f) (call $f))"), 2u);
  EXPECT_EQ(checkpointsOf("(table 1 funcref) (func (call_indirect (i32.const 0)))"), 1u);
  EXPECT_EQ(checkpointsOf("(func $f) (func (return_call $f))"), 0u);
}

TEST(Checkpoints, divideLongPaths) {
  EXPECT_EQ(checkpointsOf("(func" + path(1) + ")"), 0u);
  EXPECT_EQ(checkpointsOf("(func" + path(10) + ")"), 9u);
}

TEST(Checkpoints, divideLongRowsOfAccessesToMemory) {
  const std::string store = "(i64.store (i32.const 0) (i64.const 0))";
  const std::string vectors = "(v128.store (i32.const 0) (v128.load (i32.const 0)))";
  EXPECT_EQ(checkpointsOf("(memory 1) (func" + repeated(store, 100) + ")"), 0u);
  EXPECT_GE(checkpointsOf("(memory 1) (func" + repeated(store, 1000) + ")"), 7u);
  EXPECT_GE(checkpointsOf("(memory 1) (func" + repeated(vectors, 500) + ")"), 7u);
}

TEST(Checkpoints, cannotBeBranchedAround) {
  // Every part is as long as a path may be and skips its end, which is where one that only counts
  // bytes would put its checkpoints. What is skipped consists of other instructions.
  const std::string part = "(block" + repeated(" nop", pathBytesMax / 100 * 85) +
                           "(br_if 0 (i32.const 1))" +
                           repeated("(drop (i32.const 7))", pathBytesMax / 100 * 5) + ")";
  const Code code = withCheckpoints(
      binary("(func" + repeated(" nop", pathBytesMax / 10) + repeated(part, 20) + ")"));
  constexpr std::array executed{std::byte{0x01}, std::byte{0x03}, std::byte{0x40}, std::byte{0x0b}};
  constexpr std::array atBlock{std::byte{0x40}, std::byte{0x03}, std::byte{0x40}, std::byte{0x0b}};
  EXPECT_GE(occurrences(code, executed) + occurrences(code, atBlock), 17u);
  const std::string choice = "(if (i32.const 1) (then" + path(2) + ") (else nop))";
  // One in each long branch, which counts as passed only by those who took it.
  EXPECT_EQ(checkpointsOf("(func" + choice + ")"), 1u);
  EXPECT_GE(checkpointsOf("(func" + repeated("(if (i32.const 0) (then" + path(1) + "))", 9) + ")"),
            8u);
  EXPECT_GE(checkpointsOf("(func (block (block (br_table 0 1 (i32.const 0)))" + path(2) + "))"),
            1u);
}

TEST(Checkpoints, precedeOperationsOnTables) {
  EXPECT_EQ(checkpointsOf("(table 9 funcref) (elem $e func) (func"
                          "(table.fill (i32.const 0) (ref.null func) (i32.const 9))"
                          "(table.copy (i32.const 0) (i32.const 0) (i32.const 9))"
                          "(table.init $e (i32.const 0) (i32.const 0) (i32.const 0))"
                          "(elem.drop $e)"
                          "(drop (table.grow (ref.null func) (i32.const 0)))"
                          "(drop (table.size)))"),
            4u);
}

TEST(Checkpoints, leaveWhatHasNoCodeAlone) {
  const Code code = binary("(memory 1)");
  EXPECT_EQ(withCheckpoints(code), code);
}

TEST(Checkpoints, refuseWhatIsNotAdmitted) {
  EXPECT_THROW(withCheckpoints(binary("(memory 1 1 shared) (func (drop (i32.atomic.load "
                                      "(i32.const 0))))")),
               Error);
}

// Validation comes first; but this must not depend on it for its own safety.
TEST(Checkpoints, damagedCodeIsAnErrorOrOtherCode) {
  const Code code = binary(
      "(import \"m\" \"g\" (global i32)) (import \"m\" \"t\" (table 1 2 funcref)) (memory 1)"
      "(data $d \"x\") (func $f (param i32) (result i64) (local f64 i32)"
      "(memory.init $d (i32.const 0) (i32.const 0) (i32.const 1))"
      "(block (br_table 0 1 0 (local.get 0)))"
      "(drop (i8x16.shuffle 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 (v128.const i64x2 1 2)"
      "(v128.load8_lane 3 (i32.const 0) (v128.const i32x4 1 2 3 4))))"
      "(if (result i64) (local.get 0) (then (i64.const -9)) (else (call $f (i32.const 1)))))");
  EXPECT_NO_THROW(withCheckpoints(code));
  for (std::size_t bytes = 8; bytes < code.size(); ++bytes) {
    try {
      withCheckpoints({code.data(), bytes});
    } catch (const Error&) {
      // Refused, which is right: what must not happen is a wrong access.
    }
  }
  std::mt19937 random(1);
  for (int i = 0; i < 20'000; ++i) {
    Code damaged = code;
    for (int j = 0; j < 3; ++j) damaged[8 + random() % (damaged.size() - 8)] = std::byte(random());
    try {
      withCheckpoints(damaged);
    } catch (const Error&) {
      // Refused, or it happens to be a module still.
    }
  }
}

// As the engine runs it ---------------------------------------------------------------------------

constexpr std::string_view operations = R"((module
  (memory (export "memory") 2048) (data $d "0123456789")
  (func (export "troop_abi_1")) (func (export "troop_alloc") (param i32) (result i32) (i32.const 0))
  (func (export "troop_deliver") (param i32 i32))
  (func (export "fill") (param i32 i32 i32)
    (memory.fill (local.get 0) (local.get 1) (local.get 2)))
  (func (export "copy") (param i32 i32 i32)
    (memory.copy (local.get 0) (local.get 1) (local.get 2)))
  (func (export "init") (param i32 i32 i32)
    (memory.init $d (local.get 0) (local.get 1) (local.get 2)))))";

class BulkOperations : public ::testing::Test {
 protected:
  static constexpr std::int32_t piece = bulkBytesMax;
  static constexpr std::int32_t all = 2048 * pageBytes;

  BulkOperations() {
    store->limitMemory(all);
    store->beginInstance(prepared.get());
    EXPECT_TRUE(store->finish().succeeded());
    std::mt19937_64 random(7);
    const auto memory = store->memory().first(10 * piece);
    for (std::size_t i = 0; i < memory.size(); i += sizeof(std::uint64_t)) {
      const std::uint64_t value = random();
      std::memcpy(memory.data() + i, &value, sizeof(value));
    }
    expected.assign(memory.begin(), memory.end());
  }

  bool run(const char* name, std::int32_t to, std::int32_t from, std::int32_t count) {
    store->begin(*store->function(name), {to, from, count});
    return store->finish().succeeded();
  }
  bool asExpected() {
    return std::equal(expected.begin(), expected.end(), store->memory().begin());
  }

  Engine engine{{.guestsMax = 2}};
  Imports imports{engine};
  Ref<Module> module = Module::compile(engine, "m.wasm", binaryOfText("m.wat", operations));
  Prepared prepared = imports.prepare(*module);
  HostCalls calls;
  std::unique_ptr<Store> store = std::make_unique<Store>(engine, calls);
  std::vector<std::byte> expected;  // of the first ten pieces
};

TEST_F(BulkOperations, doWhatTheyDidWhateverTheirSize) {
  for (const std::int32_t count : {0, 1, piece - 1, piece, piece + 1, 2 * piece, 3 * piece + 17}) {
    ASSERT_TRUE(run("fill", 5, count, count));
    std::memset(expected.data() + 5, count & 0xff, static_cast<std::size_t>(count));
    ASSERT_TRUE(asExpected()) << "fill " << count;
    for (const auto& [to, from] : {std::pair{100, 9}, {9, 100}, {9, 9}, {5 * piece, 3}}) {
      ASSERT_TRUE(run("copy", to, from, count));
      std::memmove(expected.data() + to, expected.data() + from, static_cast<std::size_t>(count));
      ASSERT_TRUE(asExpected()) << "copy " << to << " " << from << " " << count;
    }
  }
  ASSERT_TRUE(run("init", 3, 2, 7));
  std::memcpy(expected.data() + 3, "2345678", 7);
  EXPECT_TRUE(asExpected());
  EXPECT_TRUE(run("init", 3, 10, 0));
  EXPECT_TRUE(run("fill", all, 0, 0));
}

TEST_F(BulkOperations, whatLiesOutsideMemoryTrapsAndChangesNothing) {
  struct Call {
    const char* name;
    std::int32_t to, from, count;
  };
  constexpr std::int32_t minusOne = -1;
  for (const Call call : {Call{"fill", 0, 1, all + 1},
                          {"fill", all - piece, 1, 2 * piece},
                          {"fill", minusOne, 1, minusOne},
                          {"copy", 0, all - 1, 2 * piece},
                          {"copy", all - 1, 0, 2 * piece},
                          {"copy", all, all + 1, 0},
                          {"init", 0, 8, 3},
                          {"init", all - 1, 0, 2}}) {
    store = std::make_unique<Store>(engine, calls);
    store->limitMemory(all);
    store->beginInstance(prepared.get());
    ASSERT_TRUE(store->finish().succeeded());
    EXPECT_FALSE(run(call.name, call.to, call.from, call.count)) << call.name << " " << call.to;
    const auto memory = store->memory();
    const auto untouched = [](std::byte byte) { return byte == std::byte{0}; };
    EXPECT_TRUE(std::ranges::all_of(memory.first(1 << 20), untouched)) << call.name;
    EXPECT_TRUE(std::ranges::all_of(memory.last(1 << 20), untouched)) << call.name;
  }
}

// 128 MiB that nobody has touched yet: many ticks, in one instruction.
TEST_F(BulkOperations, fillingAllMemoryIsInterrupted) {
  store->begin(*store->function("fill"), {0, 1, all});
  std::size_t turns = 1;
  while (store->poll() == Store::Progress::yielded) ++turns;
  EXPECT_GT(turns, 2u);
  EXPECT_EQ(store->memory().back(), std::byte{1});
}

}  // namespace
}  // namespace troop::sandbox::wasm
