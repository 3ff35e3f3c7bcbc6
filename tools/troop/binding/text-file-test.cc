#include "tools/troop/binding/text-file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <string>

#include "runtime/error.h"

namespace troop::binding {
namespace {

class TextFile : public ::testing::Test {
 protected:
  TextFile() {
    std::string pattern = ::testing::TempDir() + "text-file-XXXXXX";
    folder_ = mkdtemp(pattern.data());
  }
  ~TextFile() override { std::filesystem::remove_all(folder_); }

  static std::string textOf(const std::filesystem::path& file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }

  std::filesystem::path folder_;
};

TEST_F(TextFile, isWrittenWithTheFoldersAboveIt) {
  EXPECT_EQ(writeTextFile(folder_ / "a/b/c.txt", "text"), Change::written);
  EXPECT_EQ(textOf(folder_ / "a/b/c.txt"), "text");
}

TEST_F(TextFile, isLeftAloneWhereItHasThatText) {
  writeTextFile(folder_ / "file", "one");
  const auto before = std::filesystem::last_write_time(folder_ / "file");
  EXPECT_EQ(writeTextFile(folder_ / "file", "one"), Change::none);
  EXPECT_EQ(std::filesystem::last_write_time(folder_ / "file"), before);
  EXPECT_EQ(writeTextFile(folder_ / "file", "tw"), Change::written);
  EXPECT_EQ(textOf(folder_ / "file"), "tw");
}

TEST_F(TextFile, thatCannotBeWrittenIsNamed) {
  writeTextFile(folder_ / "file", "no folder");
  try {
    writeTextFile(folder_ / "file/inner", "text");
    FAIL() << "was written";
  } catch (const Error& error) {
    EXPECT_EQ(error.reason(),
              "cannot write " + (folder_ / "file/inner").native() + ": Not a directory");
  }
}

TEST_F(TextFile, isNotWrittenInPlaceOfAFolder) {
  std::filesystem::create_directory(folder_ / "taken");
  try {
    writeTextFile(folder_ / "taken", "text");
    FAIL() << "was written";
  } catch (const Error& error) {
    EXPECT_EQ(error.reason(), "cannot write " + (folder_ / "taken").native() + ": Is a directory");
  }
}

TEST_F(TextFile, isReadWhereItIsAPlainFile) {
  writeTextFile(folder_ / "file", std::string("a\0b", 3));
  EXPECT_EQ(readTextFile(folder_ / "file", 3).value(), std::string("a\0b", 3));
  writeTextFile(folder_ / "empty", "");
  std::ofstream(folder_ / "empty").close();
  EXPECT_EQ(readTextFile(folder_ / "empty", 0).value(), "");
}

TEST_F(TextFile, thatCannotBeReadIsRefusedWithTheReason) {
  const auto reason = [&](const char* name) {
    return readTextFile(folder_ / name, 3).error().reason();
  };
  EXPECT_EQ(reason("none"), "no such file");
  writeTextFile(folder_ / "file", "four");
  EXPECT_EQ(reason("file"), "larger than 3 B");
  EXPECT_EQ(reason("file/inner"), "no such file");
  EXPECT_EQ(reason("."), "a folder, no file");
  ASSERT_EQ(mkfifo((folder_ / "pipe").c_str(), 0600), 0);
  EXPECT_EQ(reason("pipe"), "no plain file, but a pipe or a device");
  ASSERT_EQ(symlink("loop", (folder_ / "loop").c_str()), 0);
  EXPECT_EQ(reason("loop"), "cannot be read: Too many levels of symbolic links");
}

}  // namespace
}  // namespace troop::binding
