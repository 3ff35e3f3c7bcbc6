#include "sandbox/wasm/image.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>

#include "runtime/error.h"

namespace troop::sandbox::wasm {
namespace {

constexpr std::string_view abi = R"(
  (func (export "troop_abi_1"))
  (func (export "troop_alloc") (param i32) (result i32) (i32.const 0))
  (func (export "troop_deliver") (param i32 i32))
)";

// Counts in a global and in memory, and grows.
constexpr std::string_view counter = R"(
  (memory (export "memory") 2 64)
  (data (i32.const 4096) "constant")
  (global $count (export "count") (mut i32) (i32.const 0))
  (global $wide (export "wide") (mut i64) (i64.const 1))
  (global $real (export "real") (mut f64) (f64.const 0.5))
  (func (export "_initialize") (i32.store (i32.const 100) (i32.const 1000)))
  (func (export "step") (result i32)
    (global.set $count (i32.add (global.get $count) (i32.const 1)))
    (global.set $wide (i64.mul (global.get $wide) (i64.const 3)))
    (global.set $real (f64.add (global.get $real) (f64.const 1)))
    (i32.store (i32.const 100) (i32.add (i32.load (i32.const 100)) (i32.const 1)))
    (i32.load (i32.const 100)))
  (func (export "grow") (result i32)
    (drop (memory.grow (i32.const 1)))
    (i32.store (i32.const 196604) (i32.const 77))
    (memory.size))
  (func (export "last") (result i32) (i32.load (i32.const 196604)))
  (func (export "counted") (result i32) (global.get $count))
  (func (export "tripled") (result i32) (i32.wrap_i64 (global.get $wide)))
  (func (export "real?") (result i32) (f64.eq (global.get $real) (f64.const 2.5)))
  (func (export "constant") (result i32) (i32.load8_u (i32.const 4096)))
)";

class ImageTest : public ::testing::Test {
 protected:
  Ref<const Module> module(std::string_view body, const std::string& name = "counter") {
    return Module::compile(
        engine, name, binaryOfText(name, "(module " + std::string(body) + std::string(abi) + ")"));
  }

  std::unique_ptr<Store> instance(const Image& image,
                                  std::size_t memoryBytesMax = std::size_t{1} << 20) {
    auto store = std::make_unique<Store>(engine, calls);
    store->limitMemory(memoryBytesMax);
    store->beginInstance(image.prepared());
    store->finish().value();
    return store;
  }

  std::unique_ptr<Store> restored(const Image& image) {
    auto store = instance(image);
    image.restore(*store).value();
    return store;
  }

  static std::int32_t call(Store& store, std::string_view name) {
    store.begin(store.function(name).value(), {});
    return store.finish().value();
  }

  Ref<const Image> captured(Store& live) {
    const Image fresh(counterModule, imports);
    auto other = instance(fresh);
    return Image::capture("plugin.js", counterModule, imports, live, *other);
  }

  Engine engine{{.guestsMax = 8}};
  Imports imports{engine};
  HostCalls calls;
  Ref<const Module> counterModule = module(counter);
  Image base{counterModule, imports};
};

TEST_F(ImageTest, ofAModuleChangesNothing) {
  EXPECT_EQ(base.name(), "counter");
  EXPECT_EQ(base.memoryBytes(), 2 * pageBytes);
  EXPECT_EQ(base.copiedBytes(), 0u);
  EXPECT_FALSE(base.initialized());
  EXPECT_EQ(call(*restored(base), "step"), 1);
}

TEST_F(ImageTest, beginsWhereTheLiveInstanceWas) {
  auto live = instance(base);
  call(*live, "_initialize");
  call(*live, "step");
  call(*live, "step");
  const auto image = captured(*live);
  EXPECT_EQ(image->name(), "plugin.js");
  EXPECT_TRUE(image->initialized());
  live.reset();

  for (int i = 0; i < 2; ++i) {
    auto clone = restored(*image);
    EXPECT_EQ(call(*clone, "counted"), 2);
    EXPECT_EQ(call(*clone, "tripled"), 9);
    EXPECT_EQ(call(*clone, "real?"), 1);
    EXPECT_EQ(call(*clone, "constant"), 'c');
    EXPECT_EQ(call(*clone, "step"), 1003);
  }
}

TEST_F(ImageTest, keepsThePagesThatDiffer) {
  auto live = instance(base);
  call(*live, "step");
  const auto one = captured(*live);
  EXPECT_EQ(one->copiedBytes(), 4096u);
  const auto memory = live->memory();
  for (std::size_t page : {3u, 4u, 9u}) memory[page * 4096 + 5] = std::byte{1};
  EXPECT_EQ(captured(*live)->copiedBytes(), 4u * 4096);
  auto clone = restored(*captured(*live));
  EXPECT_TRUE(std::ranges::equal(clone->memory(), live->memory()));
}

TEST_F(ImageTest, bringsBackZeros) {
  auto live = instance(base);
  std::ranges::fill(live->memory().subspan(4096, 8), std::byte{0});
  EXPECT_EQ(call(*restored(*captured(*live)), "constant"), 0);
}

TEST_F(ImageTest, growsInstances) {
  auto live = instance(base);
  EXPECT_EQ(call(*live, "grow"), 3);
  const auto image = captured(*live);
  EXPECT_EQ(image->memoryBytes(), 3 * pageBytes);
  auto clone = restored(*image);
  EXPECT_EQ(clone->memoryBytes(), 3 * pageBytes);
  EXPECT_EQ(call(*clone, "last"), 77);
  EXPECT_EQ(call(*clone, "grow"), 4);
}

TEST_F(ImageTest, isRestoredInPieces) {
  auto live = instance(base, 64 * pageBytes);
  ASSERT_TRUE(live->growMemory(64 * pageBytes));
  const auto memory = live->memory();
  for (std::size_t offset = 4096; offset < memory.size(); offset += 3000) {
    memory[offset] = static_cast<std::byte>(offset % 251);
  }
  call(*live, "step");
  const auto image = captured(*live);
  auto clone = instance(*image, 64 * pageBytes);
  Image::Position position;
  int pieces = 1;
  while (!image->restorePiece(*clone, position).value()) ++pieces;
  EXPECT_GE(pieces, 8);
  EXPECT_TRUE(std::ranges::equal(clone->memory(), live->memory()));
  EXPECT_EQ(call(*clone, "counted"), 1);
}

TEST_F(ImageTest, isRefusedByAnInstanceThatMayNotHaveItsMemory) {
  auto live = instance(base);
  call(*live, "grow");
  const auto image = captured(*live);
  auto poor = instance(*image, 2 * pageBytes);
  const Expected<void> result = image->restore(*poor);
  ASSERT_TRUE(result.failed());
  EXPECT_EQ(result.error().kind(), ErrorKind::overloaded);
  EXPECT_EQ(result.error().detail(), ErrorDetail::memory);
  EXPECT_EQ(result.error().reason(), "plugin.js needs 192 KiB of memory");
}

TEST_F(ImageTest, canBeCapturedFromAClone) {
  auto live = instance(base);
  call(*live, "step");
  auto clone = restored(*captured(*live));
  call(*clone, "step");
  EXPECT_EQ(call(*restored(*captured(*clone)), "counted"), 2);
}

TEST_F(ImageTest, hasTheDigestOfWhatItHolds) {
  auto live = instance(base);
  const Digest untouched = captured(*live)->digest();
  EXPECT_EQ(captured(*live)->digest(), untouched);
  EXPECT_NE(untouched, base.digest()) << "its instances are not initialized again";
  EXPECT_EQ(Image(counterModule, imports).digest(), base.digest());

  call(*live, "step");
  const Digest stepped = captured(*live)->digest();
  EXPECT_NE(stepped, untouched);
  live->memory()[60'000] = std::byte{1};
  const Digest written = captured(*live)->digest();
  EXPECT_NE(written, stepped);
  live->memory()[60'000] = std::byte{0};
  EXPECT_EQ(captured(*live)->digest(), stepped);

  const Image other(module(R"((memory (export "memory") 2))"), imports);
  EXPECT_NE(other.digest(), base.digest());
}

TEST_F(ImageTest, refusesGlobalsThatAreNoNumbers) {
  const Ref<const Module> odd = module(
      R"((memory (export "memory") 1) (global (export "f") (mut funcref) (ref.null func)))", "odd");
  const Image fresh(odd, imports);
  auto live = instance(fresh);
  auto other = instance(fresh);
  try {
    Image::capture("odd.js", odd, imports, *live, *other);
    FAIL() << "it was captured";
  } catch (const Error& error) {
    EXPECT_EQ(error.reason(), "odd.js: the global f is no number and cannot be captured");
  }
}

}  // namespace
}  // namespace troop::sandbox::wasm
