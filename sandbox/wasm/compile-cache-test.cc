#include "sandbox/wasm/compile-cache.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "runtime/error.h"
#include "sandbox/testing/wat-guests.h"
#include "sandbox/wasm/imports.h"

namespace troop::sandbox::wasm {
namespace {

using testing::TemporaryFolder;

constexpr std::string_view minimal = R"((module
  (memory (export "memory") 2) (global (export "counter") (mut i32) (i32.const 0))
  (global (export "constant") i32 (i32.const 0))
  (func (export "troop_abi_1")) (func (export "troop_alloc") (param i32) (result i32) (i32.const 0))
  (func (export "troop_deliver") (param i32 i32))))";

class Caching : public ::testing::Test {
 protected:
  Ref<Module> compile(std::string_view text, CompileCache* cache) {
    return Module::compile(engine, "plugin.wasm", binaryOfText("plugin.wat", text), cache);
  }

  Engine engine{{.guestsMax = 4}};
  TemporaryFolder folder;
};

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

TEST_F(Caching, whatWasCompiledOnceIsLoaded) {
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

TEST_F(Caching, aDamagedEntryIsIgnoredAndRewritten) {
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

TEST_F(Caching, anEntryUnderAnotherNameIsNotTaken) {
  const auto directory = folder.path() / "cache";
  CompileCache cache(directory);
  compile(minimal, &cache);
  const auto first = entriesOf(directory).front();
  const std::string other =
      std::string(minimal).replace(minimal.find("2)"), 2, "3)");
  compile(other, &cache);
  for (const auto& entry : entriesOf(directory)) {
    if (entry != first) overwrite(first, contentOf(entry));
  }
  EXPECT_EQ(compile(minimal, &cache)->memoryBytesMin(), 2 * pageBytes);
  EXPECT_EQ(cache.misses(), 3u);
}

TEST_F(Caching, anEntryOfAnotherKeyIsNotTaken) {
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

TEST_F(Caching, aDirectoryThatOthersCanOpenIsRefused) {
  const auto open = folder.path() / "open";
  std::filesystem::create_directory(open);
  std::filesystem::permissions(open, std::filesystem::perms::all);
  EXPECT_THROW(CompileCache{open}, Error);
  const auto file = folder.write("file", "");
  EXPECT_THROW(CompileCache{file}, Error);
  EXPECT_THROW(CompileCache{file / "below"}, Error);
}

TEST_F(Caching, severalMayShareADirectory) {
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

TEST_F(Caching, otherBytesAreKeptAsWell) {
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
