#include "runtime/sim/disk/outage.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace troop::sim {
namespace {

// Answers in turn, then option 0, and remembers how many options there were.
struct Script {
  std::vector<std::size_t> answers;
  std::vector<std::size_t> options;

  Draw draw() {
    return [this](ChoiceKind, std::size_t count) {
      options.push_back(count);
      return options.size() <= answers.size() ? answers[options.size() - 1] : 0;
    };
  }
};

TEST(Outage, keepsEverythingWhereNothingSpecialHappens) {
  Script script;
  Outage outage(script.draw(), {1, 2, 3});
  EXPECT_TRUE(outage.keeps(1));
  EXPECT_TRUE(outage.keeps(3));
  EXPECT_EQ(outage.keptOf(2, 4).first, 0u);
  EXPECT_EQ(outage.keptOf(2, 4).end, 4u);
}

TEST(Outage, takesEverything) {
  Script script{.answers = {1}, .options = {}};
  Outage outage(script.draw(), {1, 2});
  EXPECT_FALSE(outage.keeps(1));
  EXPECT_FALSE(outage.keeps(2));
  EXPECT_EQ(outage.keptOf(2, 4).end, 0u);
  EXPECT_EQ(script.options, std::vector<std::size_t>{3}) << "nothing else is to be chosen";
}

TEST(Outage, keepsWhatCameBeforeAMoment) {
  Script script{.answers = {2, 1}, .options = {}};
  Outage outage(script.draw(), {30, 10, 20});
  EXPECT_TRUE(outage.keeps(10));
  EXPECT_TRUE(outage.keeps(20));
  EXPECT_FALSE(outage.keeps(30));
}

TEST(Outage, hasAMomentBetweenTwoChanges) {
  Script script{.answers = {2}, .options = {}};
  Outage outage(script.draw(), {1, 2});
  EXPECT_TRUE(outage.keeps(1));
  EXPECT_FALSE(outage.keeps(2));
}

TEST(Outage, takesOneAndKeepsALaterOne) {
  Script script{.answers = {0, 1, 0}, .options = {}};
  Outage outage(script.draw(), {1, 2});
  EXPECT_FALSE(outage.keeps(1));
  EXPECT_TRUE(outage.keeps(2));
}

TEST(Outage, tearsAWriteAtASector) {
  for (const std::size_t place : {0, 1, 2}) {
    Script script{.answers = {2, place}, .options = {}};
    Outage outage(script.draw(), {1});
    const Outage::Part part = outage.keptOf(1, 4);
    EXPECT_EQ(part.first, 0u);
    EXPECT_EQ(part.end, place + 1);
  }
  Script script{.answers = {3, 2}, .options = {}};
  Outage outage(script.draw(), {1});
  const Outage::Part part = outage.keptOf(1, 4);
  EXPECT_EQ(part.first, 3u);
  EXPECT_EQ(part.end, 4u);
}

TEST(Outage, neverTearsASector) {
  Script script{.answers = {1}, .options = {}};
  Outage outage(script.draw(), {1});
  EXPECT_EQ(outage.keptOf(1, 1).end, 0u);
  EXPECT_EQ(script.options, std::vector<std::size_t>{2});
}

TEST(Outage, asksNothingWhereThereIsNothing) {
  Script script;
  const Outage outage(script.draw(), {});
  EXPECT_TRUE(script.options.empty());
}

}  // namespace
}  // namespace troop::sim
