#include "tools/troop/calling/method.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <random>
#include <span>
#include <vector>

#include "runtime/error.h"
#include "tools/troop/calling/testing/all-kinds.h"
#include "tools/troop/manifest/schemas.h"

namespace troop::calling {
namespace {

class MethodTest : public ::testing::Test {
 protected:
  MethodTest() {
    std::string pattern = ::testing::TempDir() + "method-XXXXXX";
    folder_ = mkdtemp(pattern.data());
    std::ofstream(folder_ / "some.capnp") << allKindsSchema;
  }
  ~MethodTest() override { std::filesystem::remove_all(folder_); }

  Method method(std::string_view name) {
    return {schemas_.schema(folder_ / "some.capnp", "Some").value(), name};
  }
  // The parameters as they would come back.
  std::string echoed(std::string_view json) {
    const Method same = method("same");
    return same.results(same.params(json));
  }
  std::string refusal(std::string_view json) {
    try {
      (void)method("same").params(json);
      return "";
    } catch (const Error& error) {
      return error.reason();
    }
  }

  std::filesystem::path folder_;
  manifest::Schemas schemas_;
};

TEST_F(MethodTest, isFoundWithItsNumberAlsoInWhatTheInterfaceExtends) {
  EXPECT_EQ(method("new").id(), (proxy::MethodId{0xd0a1b2c3d4e5f6f3, 1}));
  EXPECT_EQ(method("old").id(), (proxy::MethodId{0xd0a1b2c3d4e5f6f2, 0}));
}

TEST_F(MethodTest, thatIsNotThereIsRefusedWithThoseThatAre) {
  const auto reason = [&](std::string_view name) {
    try {
      method(name);
      return std::string();
    } catch (const Error& error) {
      return error.reason();
    }
  };
  EXPECT_EQ(reason("smae"), "Some has no method 'smae'; did you mean 'same'?");
  EXPECT_EQ(reason("fly"), "Some has no method 'fly'; its methods: same, new, old");
  EXPECT_EQ(reason(""), "Some has no method ''; its methods: same, new, old");
}

TEST_F(MethodTest, resultsMoveNoCursor) {
  EXPECT_NE(echoed(R"({"text":"\u001b[2J\u007f\u009b"})").find(R"(\u001b[2J\u007f\u009b)"),
            std::string::npos);
}

TEST_F(MethodTest, whatIsWrongInTheParametersIsTold) {
  EXPECT_TRUE(refusal("{").starts_with("the parameters are no JSON: line 1, column 2: "))
      << refusal("{");
  EXPECT_EQ(refusal("1e400"), "the parameters are no JSON: number overflow parsing '1e400'");
  EXPECT_EQ(refusal(R"({"text":5})"), "text must be text in quotes");
  EXPECT_EQ(echoed(""), echoed("{}"));
}

// What a guest sends is in no way sure to be a message.
TEST_F(MethodTest, resultsOfStrangersAreReadOrRefused) {
  const Method same = method("same");
  const proxy::Message good =
      same.params(R"({"texts":["a","b"],"tree":{"left":{"name":"x"}},"lists":[[1,2,3]]})");
  std::mt19937 random(7);
  std::size_t refused = 0;
  for (int round = 0; round < 3000; ++round) {
    std::vector<std::byte> bytes(good.bytes().begin(), good.bytes().end());
    for (int i = 0; i < 3; ++i) bytes[8 + random() % (bytes.size() - 8)] = std::byte(random());
    const auto message = proxy::Message::copyOf(bytes, {}, nullptr, {.traversalBytesMax = 1 << 16});
    if (message.failed()) continue;
    try {
      EXPECT_TRUE(same.results(message.value()).starts_with('{')) << "round " << round;
    } catch (const Error& error) {
      EXPECT_EQ(error.detail(), ErrorDetail::badMessage) << "round " << round;
      ++refused;
    }
  }
  EXPECT_GT(refused, 100u);
}

}  // namespace
}  // namespace troop::calling
