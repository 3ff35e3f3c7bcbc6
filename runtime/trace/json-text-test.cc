#include "runtime/trace/json-text.h"

#include <gtest/gtest.h>

namespace troop {
namespace trace {
namespace {

TEST(JsonText, quotes) {
  EXPECT_EQ(jsonText(""), "\"\"");
  EXPECT_EQ(jsonText("plain"), "\"plain\"");
  EXPECT_EQ(jsonText("a \"b\" \\"), R"("a \"b\" \\")");
}

TEST(JsonText, escapesControlCharacters) {
  EXPECT_EQ(jsonText("\n\t\x01\x7f"), R"("\u000a\u0009\u0001\u007f")");
  EXPECT_EQ(jsonText(std::string_view("\0", 1)), R"("\u0000")");
}

TEST(JsonText, keepsUtf8) {
  EXPECT_EQ(jsonText("Zürich €"), "\"Zürich €\"");
  EXPECT_EQ(jsonText("\xf0\x9f\x98\x80"), "\"\xf0\x9f\x98\x80\"");
}

TEST(JsonText, replacesWhatIsNoUtf8) {
  EXPECT_EQ(jsonText("\xff"), R"("\ufffd")");
  EXPECT_EQ(jsonText("\xc0\x80"), R"("\ufffd\ufffd")");            // too long for what it is
  EXPECT_EQ(jsonText("\xed\xa0\x80"), R"("\ufffd\ufffd\ufffd")");  // half of a pair
  EXPECT_EQ(jsonText("a\xe2\x82"), R"("a\ufffd\ufffd")");          // cut off
  EXPECT_EQ(jsonText("\xe2(b"), R"("\ufffd(b")");
}

}  // namespace
}  // namespace trace
}  // namespace troop
