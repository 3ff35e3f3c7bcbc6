#include "tools/troop/job/documents.h"

#include <gtest/gtest.h>

#include <fstream>

#include "runtime/error.h"

namespace troop::job {
namespace {

using Parts = std::vector<std::string>;

TEST(Sections, beginAtHeadingsOfTheFirstTwoLevels) {
  EXPECT_EQ(sections("intro\n# A\na\n## B\nb\n### C\nc\n# D"),
            (Parts{"intro\n", "# A\na\n", "## B\nb\n### C\nc\n", "# D"}));
  EXPECT_EQ(sections("# A\n# B\n"), (Parts{"# A\n", "# B\n"}));
  EXPECT_EQ(sections("#nothing\n ## indented\n"), (Parts{"#nothing\n ## indented\n"}));
}

TEST(Sections, areNotCutInsideFencedBlocks) {
  EXPECT_EQ(sections("````\n# a\n```\n# b\n````\n# c\n"),
            (Parts{"````\n# a\n```\n# b\n````\n", "# c\n"}));
  EXPECT_EQ(sections("~~~\n# a\n```\n# b\n"), (Parts{"~~~\n# a\n```\n# b\n"}));
  EXPECT_EQ(sections("``\n# a\n"), (Parts{"``\n", "# a\n"}));
}

TEST(Sections, ofNothingAreNone) {
  EXPECT_TRUE(sections("").empty());
  EXPECT_EQ(sections("\n"), (Parts{"\n"}));
}

class DocumentTest : public testing::Test {
 protected:
  std::filesystem::path write(std::string_view text) {
    const std::filesystem::path file = testing::TempDir() + "a-document.md";
    std::ofstream(file, std::ios::binary) << text;
    return file;
  }
  std::string refusal(const std::filesystem::path& file) {
    try {
      readDocument(file);
      return "";
    } catch (const Error& error) {
      return error.reason().substr(error.reason().rfind(": ") + 2);
    }
  }
};

TEST_F(DocumentTest, isNamedAfterItsFile) {
  const Document document = readDocument(write("# Grüße\n"));
  EXPECT_EQ(document.name, "a-document");
  EXPECT_EQ(document.text, "# Grüße\n");
}

TEST_F(DocumentTest, thatCannotBeSentIsRefused) {
  EXPECT_EQ(refusal(testing::TempDir() + "no-such-document.md"), "the document cannot be opened");
  EXPECT_EQ(refusal(write(std::string((4 << 20) + 1, 'a'))), "the document is over 4 MiB");
  for (const std::string_view bytes : {"\x80", "a\xc3", "\xc0\xaf", "\xe0\x80\x80", "\xed\xa0\x80",
                                       "\xf0\x80\x80\x80", "\xf4\x90\x80\x80", "\xff"}) {
    EXPECT_EQ(refusal(write(bytes)), "the document is no UTF-8 text");
  }
  EXPECT_EQ(refusal(write("\xed\x9f\xbf \xf4\x8f\xbf\xbf \xe0\xa0\x80 \xf0\x90\x80\x80")), "");
}

}  // namespace
}  // namespace troop::job
