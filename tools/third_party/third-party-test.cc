// What the installer gave us is what the pins name, fits together, and leaves the rest of the
// process alone.

#include <capnp/message.h>
#include <capnp/serialize.h>
#include <gtest/gtest.h>
#include <jemalloc/jemalloc.h>
#include <malloc.h>
#include <wasmtime.h>

#include <boost/context/detail/fcontext.hpp>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace {

// The version that tools/third_party/pins gives to `name`.
std::string pinnedVersion(const std::string& name) {
  std::ifstream pins("tools/third_party/pins");
  EXPECT_TRUE(pins.is_open());
  for (std::string line; std::getline(pins, line);) {
    std::istringstream fields(line);
    std::string found, version;
    if (fields >> found >> version && found == name) return version;
  }
  ADD_FAILURE() << "no pin for " << name;
  return {};
}

TEST(Wasmtime, headersAreOfThePinnedVersion) {
  EXPECT_EQ(WASMTIME_VERSION, pinnedVersion("wasmtime-library"));
  EXPECT_EQ(WASMTIME_VERSION, pinnedVersion("wasmtime-headers"));
}

TEST(Wasmtime, libraryIsOfTheMajorVersionOfItsHeaders) {
  wasm_engine_t* engine = wasm_engine_new();
  ASSERT_NE(engine, nullptr);
  constexpr std::string_view text = R"((module (func (export "seven") (result i32) i32.const 7)))";
  wasm_byte_vec_t bytecode;
  ASSERT_EQ(wasmtime_wat2wasm(text.data(), text.size(), &bytecode), nullptr);
  wasmtime_module_t* module = nullptr;
  ASSERT_EQ(wasmtime_module_new(engine, reinterpret_cast<uint8_t*>(bytecode.data), bytecode.size,
                                &module),
            nullptr);
  // What the compiler wrote names the series of engines that may load it, its length before it.
  wasm_byte_vec_t compiled;
  ASSERT_EQ(wasmtime_module_serialize(module, &compiled), nullptr);
  const std::string series = std::to_string(WASMTIME_VERSION_MAJOR);
  const std::string named = static_cast<char>(series.size()) + series;
  EXPECT_NE(std::string_view(compiled.data, compiled.size).find(named), std::string_view::npos);
  wasm_byte_vec_delete(&compiled);
  wasm_byte_vec_delete(&bytecode);
  wasmtime_module_delete(module);
  wasm_engine_delete(engine);
}

TEST(Jemalloc, isOfThePinnedVersion) {
  const char* version = nullptr;
  size_t size = sizeof version;
  ASSERT_EQ(troop_je_mallctl("version", &version, &size, nullptr, 0), 0);
  const std::string pinned = pinnedVersion("jemalloc");
  EXPECT_EQ(version, pinned.substr(pinned.find('+') + 1));
}

TEST(Jemalloc, hasStatisticsAndNoProfiler) {
  bool stats = false, profiler = true;
  size_t size = sizeof stats;
  ASSERT_EQ(troop_je_mallctl("config.stats", &stats, &size, nullptr, 0), 0);
  ASSERT_EQ(troop_je_mallctl("config.prof", &profiler, &size, nullptr, 0), 0);
  EXPECT_TRUE(stats);
  EXPECT_FALSE(profiler);
}

uint64_t allocatedByThisThread() {
  uint64_t bytes = 0;
  size_t size = sizeof bytes;
  EXPECT_EQ(troop_je_mallctl("thread.allocated", &bytes, &size, nullptr, 0), 0);
  return bytes;
}

TEST(Jemalloc, leavesMallocToTheHost) {
  constexpr size_t bytes = 1 << 20;
  const uint64_t before = allocatedByThisThread();
  void* hosts = std::malloc(bytes);
  ASSERT_NE(hosts, nullptr);
  EXPECT_EQ(allocatedByThisThread(), before);
  void* ours = troop_je_malloc(bytes);
  ASSERT_NE(ours, nullptr);
  EXPECT_GE(allocatedByThisThread(), before + bytes);
  troop_je_free(ours);
  std::free(hosts);
}

void countAndReturn(boost::context::detail::transfer_t from) {
  ++*static_cast<int*>(from.data);
  boost::context::detail::jump_fcontext(from.fctx, nullptr);
}

TEST(BoostContext, switchesToAStackAndBack) {
  std::vector<char> stack(256 * 1024);
  int visits = 0;
  const auto context = boost::context::detail::make_fcontext(stack.data() + stack.size(),
                                                             stack.size(), countAndReturn);
  boost::context::detail::jump_fcontext(context, &visits);
  EXPECT_EQ(visits, 1);
}

TEST(CapnProto, messageSurvivesTheWire) {
  capnp::MallocMessageBuilder message;
  message.initRoot<capnp::AnyPointer>().setAs<capnp::Text>("a message");
  const kj::Array<capnp::word> words = capnp::messageToFlatArray(message);
  capnp::FlatArrayMessageReader reader(words);
  EXPECT_STREQ(reader.getRoot<capnp::AnyPointer>().getAs<capnp::Text>().cStr(), "a message");
}

}  // namespace
