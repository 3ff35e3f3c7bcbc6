#include "tools/troop/job/text-table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

namespace troop::job {
namespace {

TextTable threeColumns() {
  TextTable table({{"name", Align::left}, {"said", Align::left}, {"number", Align::right}},
                  {.keys = 1, .flexible = 1});
  table.add({"one", "a word", "1"});
  table.add({"another", "", "1234567"});
  return table;
}

TEST(TextTable, alignsItsColumns) {
  EXPECT_EQ(threeColumns().text(80),
            "name     said     number\n"
            "one      a word        1\n"
            "another          1234567\n");
}

TEST(TextTable, leavesOutColumnsThatSayNothing) {
  TextTable table({{"name", Align::left}, {"empty", Align::left}, {"number", Align::right}},
                  {.keys = 1, .flexible = 1});
  EXPECT_TRUE(table.empty());
  EXPECT_EQ(table.text(80), "name  empty  number\n");
  table.add({"one", "", "1"});
  EXPECT_FALSE(table.empty());
  EXPECT_EQ(table.text(80), "name  number\none        1\n");
}

TEST(TextTable, cutsItsFlexibleColumnBetweenCharacters) {
  TextTable table = threeColumns();
  std::string said;
  for (int i = 0; i < 100; ++i) said += "ü";
  table.add({"long", said, "2"});
  const std::string text = table.text(40);
  EXPECT_NE(text.find("üü...        2\n"), std::string::npos) << text;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    EXPECT_LE(std::ranges::count_if(line, [](char c) { return (c & 0xc0) != 0x80; }), 40) << line;
  }
}

TEST(TextTable, isToldInPartsWhereItIsTooWide) {
  TextTable table = threeColumns();
  table.add({"long", std::string(30, 's'), "2"});
  EXPECT_EQ(table.text(30),
            "name     said\n"
            "one      a word\n"
            "another\n"
            "long     sssssssssssssssss...\n"
            "\n"
            "name      number\n"
            "one            1\n"
            "another  1234567\n"
            "long           2\n");
}

TEST(TextTable, hasAPartForEachColumnWhereThereIsNoRoomAtAll) {
  const std::string text = threeColumns().text(0);
  EXPECT_NE(text.find("name     said\n"), std::string::npos) << text;
  EXPECT_NE(text.find("another  1234567\n"), std::string::npos) << text;
}

}  // namespace
}  // namespace troop::job
