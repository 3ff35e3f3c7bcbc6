#include "tools/troop/manifest/section.h"

#include <gtest/gtest.h>

#include <array>

namespace troop::manifest {
namespace {

class SectionTest : public ::testing::Test {
 protected:
  Section read(std::string_view toml) {
    table_ = toml::parse(toml);
    return Section(table_, "the test", Place{}, problems_);
  }
  std::string problems() const { return problems_.text(); }

  toml::table table_;
  Problems problems_{"t"};
};

TEST_F(SectionTest, valuesHaveTheirPlaces) {
  Section section = read("text = \"a\"\n  count = 5\nshare = 0.5\nsize = \"2K\"\n");
  EXPECT_EQ(section.text("text")->value, "a");
  EXPECT_EQ(section.count("count", {1, 9})->place, (Place{2, 11}));
  EXPECT_EQ(section.placeOf("count"), (Place{2, 3}));
  EXPECT_EQ(section.valuePlace("count"), (Place{2, 11}));
  EXPECT_DOUBLE_EQ(section.fraction("share", {0, 1})->value, 0.5);
  EXPECT_EQ(section.size("size", {0, 4096})->value, 2048u);
  section.end();
  EXPECT_EQ(problems(), "");
}

TEST_F(SectionTest, whatIsMissingIsNothingAndNoProblem) {
  Section section = read("");
  EXPECT_FALSE(section.text("a"));
  EXPECT_FALSE(section.duration("b", {0s, 1s}));
  EXPECT_FALSE(section.section("c", "c"));
  EXPECT_FALSE(section.sections("d", "d"));
  EXPECT_FALSE(section.has("a"));
  EXPECT_EQ(section.placeOf("a"), section.place());
  section.end();
  EXPECT_EQ(problems(), "");
}

TEST_F(SectionTest, bothEndsOfARangeAreInIt) {
  Section section = read("a = 1\nb = 9\nc = 0\nd = 10\ne = -9223372036854775807\n");
  EXPECT_TRUE(section.count("a", {1, 9}));
  EXPECT_TRUE(section.count("b", {1, 9}));
  EXPECT_FALSE(section.count("c", {1, 9}));
  EXPECT_FALSE(section.count("d", {1, 9}));
  EXPECT_FALSE(section.count("e", {1, 9}));
  EXPECT_EQ(problems(),
            "t:3:5: 'c' is 0 here; it must be from 1 to 9\n"
            "t:4:5: 'd' is 10 here; it must be from 1 to 9\n"
            "t:5:5: 'e' is -9223372036854775807 here; it must be from 1 to 9\n");
}

TEST_F(SectionTest, fractionsMayBeWholeButNotEndless) {
  Section section = read("a = 1\nb = inf\nc = nan\n");
  EXPECT_TRUE(section.fraction("a", {0, 1}));
  EXPECT_FALSE(section.fraction("b", {0, 1}));
  EXPECT_FALSE(section.fraction("c", {0, 1}));
  EXPECT_EQ(problems(),
            "t:2:5: 'b' is inf here; it must be from 0 to 1\n"
            "t:3:5: 'c' is nan here; it must be from 0 to 1\n");
}

TEST_F(SectionTest, typesAreNamed) {
  Section section =
      read("a = {}\nb = []\nc = 1\nd = 1.5\ne = true\nf = 2020-01-01\ng = \"text\"\n");
  for (const char* key : {"a", "b", "c", "d", "e", "f"}) EXPECT_FALSE(section.text(key)) << key;
  EXPECT_FALSE(section.section("g", "g"));
  EXPECT_EQ(problems(),
            "t:1:5: 'a' is a table here; text in quotes is right\n"
            "t:2:5: 'b' is a list here; text in quotes is right\n"
            "t:3:5: 'c' is a whole number here; text in quotes is right\n"
            "t:4:5: 'd' is a fraction here; text in quotes is right\n"
            "t:5:5: 'e' is a truth value here; text in quotes is right\n"
            "t:6:5: 'f' is a date or time here; text in quotes is right\n"
            "t:7:5: 'g' is text here; a table like { key = value } is right\n");
}

TEST_F(SectionTest, choicesAreOfTheirNames) {
  constexpr std::array<std::string_view, 2> names{"never", "always"};
  Section section = read("a = \"always\"\nb = \"alwys\"\nc = \"sometimes\"\n");
  EXPECT_EQ(section.choice("a", names)->value, 1u);
  EXPECT_FALSE(section.choice("b", names));
  EXPECT_FALSE(section.choice("c", names));
  EXPECT_EQ(problems(),
            "t:2:5: unknown b 'alwys'; did you mean 'always'?\n"
            "t:3:5: unknown c 'sometimes'; what may stand here: 'never' and 'always'\n");
}

TEST_F(SectionTest, keysThatNobodyAskedForAreReportedAtTheEnd) {
  Section section = read("b = 1\na = 2\nfirts = 3\n");
  (void)section.count("first", {0, 9});
  const auto left = section.keysLeft();
  ASSERT_EQ(left.size(), 3u);
  EXPECT_EQ(left[0].value, "b");
  EXPECT_EQ(left[2].value, "firts");
  section.end();
  EXPECT_EQ(problems(),
            "t:1:1: unknown key 'b' in the test; what may stand here: 'first'\n"
            "t:2:1: unknown key 'a' in the test; what may stand here: 'first'\n"
            "t:3:1: unknown key 'firts' in the test; did you mean 'first'?\n");
}

TEST_F(SectionTest, whereNothingMayStandThatIsSaid) {
  Section section = read("a = 1\n");
  section.end();
  EXPECT_EQ(problems(), "t:1:1: unknown key 'a' in the test; nothing may stand here\n");
}

TEST_F(SectionTest, tablesInListsAreNumbered) {
  Section section = read("list = [{ a = 1 }, 2, { b = 1 }]\n");
  auto tables = section.sections("list", "element");
  ASSERT_TRUE(tables);
  ASSERT_EQ(tables->size(), 2u);
  for (Section& table : *tables) (void)table.count("a", {0, 9});
  for (Section& table : *tables) table.end();
  EXPECT_EQ(problems(),
            "t:1:20: 'list' is a whole number here; each element is a table like { key = value }\n"
            "t:1:25: unknown key 'b' in element 2; what may stand here: 'a'\n");
}

TEST(Listed, readsAsASentence) {
  constexpr std::array<std::string_view, 3> names{"a", "b", "c"};
  EXPECT_EQ(listed(names), "'a', 'b' and 'c'");
  EXPECT_EQ(listed(std::span(names).first(2)), "'a' and 'b'");
  EXPECT_EQ(listed(std::span(names).first(1)), "'a'");
  EXPECT_EQ(listed({}), "");
}

}  // namespace
}  // namespace troop::manifest
