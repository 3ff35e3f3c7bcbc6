// What the installer gave us is what the pins name, fits together, and leaves the rest of the
// process alone.

#include <capnp/message.h>
#include <capnp/serialize.h>
#include <gtest/gtest.h>
#include <jemalloc/jemalloc.h>
#include <rapidcheck/gtest.h>
#include <sodium.h>
#include <spdlog/fmt/fmt.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>
#include <toml++/toml.h>
#include <wasmtime.h>

#include <CLI/CLI.hpp>
#include <boost/context/detail/fcontext.hpp>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
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
  ASSERT_EQ(troop_je_mallctl("version", static_cast<void*>(&version), &size, nullptr, 0), 0);
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

TEST(TomlPlusPlus, namesTheLineOfAMistake) {
  try {
    (void)toml::parse("right = 1\nwrong = ");
    FAIL() << "a key without a value was accepted";
  } catch (const toml::parse_error& error) {
    EXPECT_EQ(error.source().begin.line, 2u);
  }
}

TEST(Cli11, readsAnOption) {
  CLI::App program;
  int number = 0;
  program.add_option("--number", number);
  program.parse("--number 7", false);
  EXPECT_EQ(number, 7);
}

TEST(Json, survivesTextAndBack) {
  const auto json = nlohmann::json::parse(R"({"list":[1,"two",null]})");
  EXPECT_EQ(json.dump(), R"({"list":[1,"two",null]})");
}

TEST(Spdlog, formatsWithTheFmtOfTheSystem) {
  std::ostringstream text;
  spdlog::logger logger("test", std::make_shared<spdlog::sinks::ostream_sink_st>(text));
  logger.set_pattern("%v");
  logger.info("{} of {}", 1, fmt::format("{:02}", 2));
  logger.flush();
  EXPECT_EQ(text.str(), "1 of 02\n");
}

TEST(Sodium, refusesAMessageThatWasChanged) {
  ASSERT_GE(sodium_init(), 0);
  unsigned char key[crypto_auth_KEYBYTES], tag[crypto_auth_BYTES];
  crypto_auth_keygen(key);
  unsigned char message[] = "a compiled module";
  crypto_auth(tag, message, sizeof message, key);
  EXPECT_EQ(crypto_auth_verify(tag, message, sizeof message, key), 0);
  message[0] ^= 1;
  EXPECT_NE(crypto_auth_verify(tag, message, sizeof message, key), 0);
}

RC_GTEST_PROP(RapidCheck, findsWhatHolds, (const std::vector<int>& numbers)) {
  auto reversed = std::vector<int>(numbers.rbegin(), numbers.rend());
  RC_ASSERT(std::vector<int>(reversed.rbegin(), reversed.rend()) == numbers);
}

}  // namespace
