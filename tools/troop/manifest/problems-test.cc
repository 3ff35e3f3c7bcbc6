#include "tools/troop/manifest/problems.h"

#include <gtest/gtest.h>

namespace troop::manifest {
namespace {

TEST(Problems, areToldInTheOrderOfTheirPlaces) {
  Problems problems("troop.toml");
  EXPECT_TRUE(problems.none());
  problems.add({3, 1}, "third");
  problems.add({1, 9}, "second");
  problems.add({1, 2}, "first");
  problems.add({3, 1}, "fourth");
  EXPECT_FALSE(problems.none());
  EXPECT_EQ(problems.count(), 4u);
  EXPECT_EQ(problems.text(),
            "troop.toml:1:2: first\ntroop.toml:1:9: second\ntroop.toml:3:1: third\n"
            "troop.toml:3:1: fourth\n");
}

TEST(Problems, beyondTheFirstHundredAreCounted) {
  Problems problems("troop.toml");
  for (unsigned i = 1; i <= 250; ++i) problems.add({i, 1}, "x");
  const std::string text = problems.text();
  EXPECT_NE(text.find("troop.toml:100:1: x\n"), std::string::npos);
  EXPECT_EQ(text.find("troop.toml:101:1: x\n"), std::string::npos);
  EXPECT_TRUE(text.ends_with("troop.toml: and 150 more\n"));
}

TEST(Problems, areLinesThatSteerNoTerminal) {
  Problems problems("troop.toml");
  problems.add({1, 1}, "a\x1b[2J\nb\xe2\x80\xae\xff");
  problems.add({2, 1}, std::string(5000, 'x'));
  EXPECT_EQ(problems.text(),
            "troop.toml:1:1: a [2J b ?\ntroop.toml:2:1: " + std::string(4096, 'x') + "\n");
}

TEST(Problems, areTheReasonOfAnErrorThatChangedNothing) {
  Problems problems("troop.toml");
  problems.add({1, 2}, "wrong");
  const ManifestError error(problems);
  EXPECT_EQ(error.kind(), ErrorKind::failed);
  EXPECT_EQ(error.executed(), Executed::no);
  EXPECT_EQ(error.reason(), "troop.toml:1:2: wrong\n");
}

TEST(Shown, isOneShortLine) {
  EXPECT_EQ(shown("markdown"), "'markdown'");
  EXPECT_EQ(shown(""), "''");
  EXPECT_EQ(shown("a\nb\x1b[2J\x7f"), "'a\\x0ab\\x1b[2J\\x7f'");
  EXPECT_EQ(shown(std::string(201, 'x')), "'" + std::string(200, 'x') + "...'");
  EXPECT_EQ(shown(std::string(200, 'x')), "'" + std::string(200, 'x') + "'");
}

}  // namespace
}  // namespace troop::manifest
