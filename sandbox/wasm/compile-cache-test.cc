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
  const std::string other = std::string(minimal).replace(minimal.find("2)"), 2, "3)");
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
  overwrite(directory / "key", std::string(32, 'k'));
  CompileCache cache(directory);
  compile(minimal, &cache);
  EXPECT_EQ(cache.misses(), 1u);
  EXPECT_EQ(contentOf(directory / "key"), std::string(32, 'k'));
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

std::string refusal(const std::filesystem::path& directory) {
  try {
    const CompileCache cache(directory);
    return "";
  } catch (const Error& error) {
    return error.reason();
  }
}

TEST_F(Caching, aLinkToADirectoryIsRefused) {
  const auto directory = folder.path() / "cache";
  {
    const CompileCache cache(directory);
  }
  const auto link = folder.path() / "link";
  std::filesystem::create_directory_symlink(directory, link);
  EXPECT_EQ(refusal(link),
            "compile cache " + link.string() +
                ": is a symbolic link, which is not followed; it must be a directory itself");
  std::filesystem::create_symlink("nowhere", folder.path() / "nowhere");
  EXPECT_NE(refusal(folder.path() / "nowhere").find("is a symbolic link"), std::string::npos);
}

TEST_F(Caching, aDirectoryOfOtherFilesIsRefused) {
  const auto directory = folder.path() / "photos";
  std::filesystem::create_directory(directory);
  std::filesystem::permissions(directory, std::filesystem::perms::owner_all);
  std::ofstream(directory / "one.jpg") << "one";
  EXPECT_EQ(refusal(directory), "compile cache " + directory.string() +
                                    ": holds other files, like one.jpg, and no key of a cache; "
                                    "choose an empty directory");
  EXPECT_EQ(entriesOf(directory).size(), 1u);
}

TEST_F(Caching, aKeyThatIsNoneIsLeftAlone) {
  const auto directory = folder.path() / "keys";
  std::filesystem::create_directory(directory);
  std::filesystem::permissions(directory, std::filesystem::perms::owner_all);
  overwrite(directory / "key", "of a house");
  EXPECT_EQ(refusal(directory),
            "compile cache " + (directory / "key").string() +
                ": is no key of a cache: that is a file of 32 bytes that nobody else can write; "
                "remove it, or choose another directory");
  EXPECT_EQ(contentOf(directory / "key"), "of a house");
  EXPECT_TRUE(entriesOf(directory).empty());
}

// Sparse files: more than the cache may hold, and older than all of its own.
TEST_F(Caching, onlyItsOwnFilesAreSwept) {
  const auto directory = folder.path() / "cache";
  CompileCache cache(directory);
  const auto makeOld = [&](const std::string& name) {
    const auto file = directory / name;
    overwrite(file, "x");
    std::filesystem::resize_file(file, std::uintmax_t{2} << 30);
    std::filesystem::last_write_time(
        file, std::filesystem::file_time_type::clock::now() - std::chrono::hours(48));
    return file;
  };
  const std::string digest(64, 'a');
  const std::vector<std::filesystem::path> others{
      makeOld("thesis.txt"),      makeOld(digest),
      makeOld("x.incomplete"),    makeOld("a.compiled"),
      makeOld(digest + ".jpg"),   makeOld(std::string(64, 'A') + ".bytes"),
      makeOld("notes.incomplete")};
  const std::vector<std::filesystem::path> own{
      makeOld(digest + ".compiled"), makeOld(digest + ".bytes"),
      makeOld(digest + ".bytes.abcdefgh.incomplete"), makeOld("key.abcdefgh.incomplete")};
  cache.storeBytes(Digest{1}, std::vector<std::byte>(100));
  for (const auto& file : others) EXPECT_TRUE(std::filesystem::exists(file)) << file;
  for (const auto& file : own) EXPECT_FALSE(std::filesystem::exists(file)) << file;
  EXPECT_TRUE(cache.loadBytes(Digest{1}));
}

TEST_F(Caching, staysInItsDirectoryWhateverItsNameLeadsTo) {
  const auto directory = folder.path() / "cache";
  CompileCache cache(directory);
  std::filesystem::rename(directory, folder.path() / "moved");
  std::filesystem::create_directory(directory);
  cache.storeBytes(Digest{1}, std::vector<std::byte>(100));
  EXPECT_TRUE(entriesOf(directory).empty());
  EXPECT_EQ(entriesOf(folder.path() / "moved").size(), 1u);
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
