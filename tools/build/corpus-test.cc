// Runs a fuzzer's function on each file named on the command line: its corpus, and what was found.
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count);

namespace {

std::vector<std::uint8_t> contentOf(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  EXPECT_TRUE(stream) << file;
  return {std::istreambuf_iterator<char>(stream), {}};
}

TEST(Corpus, harmsNobody) {
  const std::vector<std::string> arguments = testing::internal::GetArgvs();
  ASSERT_GT(arguments.size(), 1u) << "no file was named";
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    SCOPED_TRACE(arguments[i]);
    const std::vector<std::uint8_t> bytes = contentOf(arguments[i]);
    EXPECT_EQ(LLVMFuzzerTestOneInput(bytes.data(), bytes.size()), 0);
  }
}

}  // namespace
