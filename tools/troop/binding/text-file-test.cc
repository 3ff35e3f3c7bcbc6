#include "tools/troop/binding/text-file.h"

#include <gtest/gtest.h>
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
    EXPECT_EQ(error.reason(), "cannot write " + (folder_ / "file/inner").native());
  }
}

}  // namespace
}  // namespace troop::binding
