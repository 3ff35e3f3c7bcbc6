// A test of the program `troop`: runs it, with a folder of its own for manifests and plugins.
//
//   class Check : public CommandTest {};
//   TEST_F(Check, acceptsWhatIsRight) { EXPECT_EQ(troop({"check", write("troop.toml",
//   text)}).exitCode, 0); }
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "tools/troop/testing/subprocess.h"

namespace troop::command {

inline constexpr const char* program = "tools/troop/troop";

class CommandTest : public ::testing::Test {
 protected:
  CommandTest() {
    std::string pattern = ::testing::TempDir() + "command-XXXXXX";
    folder_ = mkdtemp(pattern.data());
    write("plugin.js", "export {};\n");
  }
  ~CommandTest() override { std::filesystem::remove_all(folder_); }

  // Writes a file of the test's folder; returns its path.
  std::string write(const std::string& name, std::string_view text) {
    std::ofstream(folder_ / name, std::ios::binary) << text;
    return folder_ / name;
  }

  static Finished troop(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), program);
    return Subprocess(std::move(arguments)).wait();
  }

  std::filesystem::path folder_;
};

}  // namespace troop::command
