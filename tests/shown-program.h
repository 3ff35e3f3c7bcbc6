// A program that a guide shows: the guide has its source as it is, and what it prints in a block of
// four spaces after that.
//
//   expectShown("docs/guide/threading.md", "docs/examples/threading/hello.cc", finished.output);
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

namespace troop::tests {

inline std::string textOf(const std::string& file) {
  std::ostringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  return text.str();
}

inline std::string indented(const std::string& output) {
  std::string block;
  std::istringstream lines(output);
  for (std::string line; std::getline(lines, line);) block += "    " + line + "\n";
  return block;
}

inline void expectShown(const std::string& guideFile, const std::string& sourceFile,
                        const std::string& output) {
  const std::string guide = textOf(guideFile);
  const std::string source = textOf(sourceFile);
  ASSERT_FALSE(source.empty());
  const std::size_t shown = guide.find("```cpp\n" + source + "```\n");
  ASSERT_NE(shown, std::string::npos) << sourceFile << " is not in the guide as it is";
  const std::string after = guide.substr(shown + source.size());
  EXPECT_NE(after.find("\n\n" + indented(output) + "\n"), std::string::npos)
      << "the guide does not show what it printed:\n"
      << output;
}

}  // namespace troop::tests
