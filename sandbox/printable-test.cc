#include "sandbox/printable.h"

#include <gtest/gtest.h>

namespace troop::sandbox {
namespace {

std::string shown(std::string_view text) {
  return printable(text, 1000);
}

TEST(Printable, leavesTextAlone) {
  EXPECT_EQ(shown(""), "");
  EXPECT_EQ(shown("a\tplain text, and {\"json\": 1}"), "a\tplain text, and {\"json\": 1}");
  EXPECT_EQ(shown("Grüße, 世界, 🌍, שלום"), "Grüße, 世界, 🌍, שלום");
}

TEST(Printable, cannotSteerATerminal) {
  EXPECT_EQ(shown("\x1b[2J\x1b]0;title\x07!"), " [2J ]0;title !");
  EXPECT_EQ(shown(std::string_view("a\0b\x7f", 4)), "a b ");
  EXPECT_EQ(shown("\u009b2J"), " 2J");  // as one character, in UTF-8
  EXPECT_EQ(shown("\x9b"
                  "2J"),
            "?2J");  // and as one byte
}

TEST(Printable, isOneLine) {
  EXPECT_EQ(shown("one\nmarkdown: two\r\nthree"), "one markdown: two  three");
  EXPECT_EQ(shown("one\u2028two\u2029three\u0085four"), "one two three four");
}

TEST(Printable, isWrittenInOneDirection) {
  EXPECT_EQ(shown("\u202efdp.exe\u202c \u2066x\u2069 \u200f\u061c"), " fdp.exe   x    ");
}

TEST(Printable, isValidWhateverTheBytesAre) {
  EXPECT_EQ(shown("\xff\xfe"), "??");
  EXPECT_EQ(shown("\xc3"), "?");
  EXPECT_EQ(shown("\xc3("), "?(");
  EXPECT_EQ(shown("\xc0\xaf"), "??");            // a longer form than needed
  EXPECT_EQ(shown("\xed\xa0\x80"), "???");       // half of a pair
  EXPECT_EQ(shown("\xf4\x90\x80\x80"), "????");  // beyond the last
  EXPECT_EQ(shown("\xe2\x82"), "??");            // cut off
}

TEST(Printable, isCutBetweenCharacters) {
  EXPECT_EQ(printable("abc", 2), "ab");
  EXPECT_EQ(printable("aü", 2), "a");
  EXPECT_EQ(printable("aü", 3), "aü");
  EXPECT_EQ(printable("🌍", 3), "");
  EXPECT_EQ(printable("abc", 0), "");
}

}  // namespace
}  // namespace troop::sandbox
