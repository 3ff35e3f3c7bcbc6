#include "sandbox/wasm/module.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <thread>

#include "runtime/error.h"
#include "sandbox/testing/wat-guests.h"
#include "sandbox/wasm/compile-cache.h"
#include "sandbox/wasm/compile-worker.h"
#include "sandbox/wasm/imports.h"

namespace troop::sandbox::wasm {
namespace {

using namespace std::chrono_literals;
using testing::TemporaryFolder;

constexpr std::string_view minimal = R"((module
  (memory (export "memory") 2) (global (export "counter") (mut i32) (i32.const 0))
  (global (export "constant") i32 (i32.const 0))
  (func (export "troop_abi_1")) (func (export "troop_alloc") (param i32) (result i32) (i32.const 0))
  (func (export "troop_deliver") (param i32 i32))))";

class Modules : public ::testing::Test {
 protected:
  Ref<Module> compile(std::string_view text, CompileCache* cache = nullptr) {
    return Module::compile(engine, "plugin.wasm", binaryOfText("plugin.wat", text), cache);
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
  TemporaryFolder folder;
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
    (func (export "troop_alloc") (param i32) (result i32) (i32.const 0)) (func (export "troop_deliver") (param i32 i32))
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

TEST_F(Modules, compilingTakesNoMoreThanItMay) {
  // Nested loops: what a compiler does with them grows faster than they do.
  std::string nested = "(func (param i32) ";
  for (int i = 0; i < 6000; ++i)
    nested += "loop local.get 0 i32.const 1 i32.add local.tee 0 br_if 0 ";
  for (int i = 0; i < 6000; ++i) nested += "end ";
  const std::vector<std::byte> code =
      binaryOfText("deep.wat", without("(module", "(module " + nested + ")"));
  try {
    compileInWorker(code, {.cpu = 1s});
    FAIL() << "it was compiled";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::overloaded);
    EXPECT_EQ(error.reason(), "takes more than 1 s of CPU time to compile");
  }
#if !__has_feature(address_sanitizer)  // whose allocator does not come to an end
  try {
    compileInWorker(code, {.memoryBytes = 48 << 20});
    FAIL() << "it was compiled";
  } catch (const Error& error) {
    EXPECT_EQ(error.reason(), "cannot be compiled, it may take more than 48 MiB of memory");
  }
#endif
  EXPECT_FALSE(compileInWorker(binaryOfText("small.wat", minimal)).empty());
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

// The cache --------------------------------------------------------------------------------------

std::vector<std::filesystem::path> entriesOf(const std::filesystem::path& directory) {
  std::vector<std::filesystem::path> entries;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    if (entry.path().filename() != "key") entries.push_back(entry.path());
  }
  return entries;
}

std::string contentOf(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

void overwrite(const std::filesystem::path& file, const std::string& content) {
  // As somebody would who may write there: a new file in its place, so mappings of the old one stay
  // whole.
  std::filesystem::remove(file);
  std::ofstream(file, std::ios::binary) << content;
  std::filesystem::permissions(
      file, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST_F(Modules, whatWasCompiledOnceIsLoaded) {
  const auto directory = folder.path() / "cache";
  {
    CompileCache cache(directory);
    compile(minimal, &cache);
    EXPECT_EQ(cache.hits(), 0u);
    EXPECT_EQ(cache.misses(), 1u);
  }
  CompileCache cache(directory);  // another process
  const Ref<Module> module = compile(minimal, &cache);
  EXPECT_EQ(cache.hits(), 1u);
  EXPECT_EQ(cache.misses(), 0u);
  EXPECT_EQ(module->memoryBytesMin(), 2 * pageBytes);
  const Imports imports(engine);
  EXPECT_NE(imports.prepare(*module), nullptr);
}

TEST_F(Modules, aDamagedEntryIsIgnoredAndRewritten) {
  const auto directory = folder.path() / "cache";
  CompileCache cache(directory);
  compile(minimal, &cache);
  ASSERT_EQ(entriesOf(directory).size(), 1u);
  const auto entry = entriesOf(directory).front();
  const std::string good = contentOf(entry);

  std::vector<std::string> damaged{"", "x", good.substr(0, good.size() / 2), good + "x",
                                   std::string(good.size(), '\0')};
  for (const std::size_t at : {std::size_t{0}, good.size() / 3, good.size() - 1}) {
    damaged.push_back(good);
    damaged.back()[at] ^= 1;
  }
  for (const std::string& content : damaged) {
    overwrite(entry, content);
    const std::uint64_t misses = cache.misses();
    compile(minimal, &cache);
    EXPECT_EQ(cache.misses(), misses + 1);
    EXPECT_EQ(contentOf(entry).size(), good.size());
    const std::uint64_t hits = cache.hits();
    compile(minimal, &cache);
    EXPECT_EQ(cache.hits(), hits + 1);
  }
}

TEST_F(Modules, anEntryUnderAnotherNameIsNotTaken) {
  const auto directory = folder.path() / "cache";
  CompileCache cache(directory);
  compile(minimal, &cache);
  const auto first = entriesOf(directory).front();
  const std::string other =
      without("(memory (export \"memory\") 2)", "(memory (export \"memory\") 3)");
  compile(other, &cache);
  for (const auto& entry : entriesOf(directory)) {
    if (entry != first) overwrite(first, contentOf(entry));
  }
  EXPECT_EQ(compile(minimal, &cache)->memoryBytesMin(), 2 * pageBytes);
  EXPECT_EQ(cache.misses(), 3u);
}

TEST_F(Modules, anEntryOfAnotherKeyIsNotTaken) {
  const auto directory = folder.path() / "cache";
  {
    CompileCache cache(directory);
    compile(minimal, &cache);
  }
  overwrite(directory / "key", "short");
  CompileCache cache(directory);
  compile(minimal, &cache);
  EXPECT_EQ(cache.misses(), 1u);
  EXPECT_EQ(contentOf(directory / "key").size(), 32u);
  EXPECT_EQ(std::filesystem::status(directory / "key").permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST_F(Modules, aDirectoryThatOthersCanOpenIsRefused) {
  const auto open = folder.path() / "open";
  std::filesystem::create_directory(open);
  std::filesystem::permissions(open, std::filesystem::perms::all);
  EXPECT_THROW(CompileCache{open}, Error);
  const auto file = folder.write("file", "");
  EXPECT_THROW(CompileCache{file}, Error);
  EXPECT_THROW(CompileCache{file / "below"}, Error);
}

TEST_F(Modules, severalMayShareADirectory) {
  const auto directory = folder.path() / "cache";
  std::vector<std::thread> processes;
  for (int i = 0; i < 4; ++i) {
    processes.emplace_back([&] {
      CompileCache cache(directory);
      for (int j = 0; j < 5; ++j) compile(minimal, &cache);
      EXPECT_GE(cache.hits(), 4u);
    });
  }
  for (std::thread& process : processes) process.join();
  EXPECT_EQ(entriesOf(directory).size(), 1u);
}

TEST_F(Modules, otherBytesAreKeptAsWell) {
  CompileCache cache(folder.path() / "cache");
  const Digest key{1, 2, 3};
  EXPECT_FALSE(cache.loadBytes(key));
  const std::vector<std::byte> bytes(100'000, std::byte{7});
  cache.storeBytes(key, bytes);
  EXPECT_EQ(cache.loadBytes(key), bytes);
  EXPECT_FALSE(cache.loadBytes(Digest{1, 2, 4}));
}

}  // namespace
}  // namespace troop::sandbox::wasm
