#include "runtime/stack/request-word.h"

#include <gtest/gtest.h>

namespace troop {
namespace {

TEST(RequestWord, isAnsweredOnce) {
  RequestWord word;
  EXPECT_FALSE(word.look());
  EXPECT_FALSE(word.take());
  word.ask();
  const std::optional<RequestWord::Number> seen = word.look();
  ASSERT_TRUE(seen);
  EXPECT_TRUE(word.begin(*seen));
  EXPECT_FALSE(word.begin(*seen));
  EXPECT_FALSE(word.look());
  EXPECT_FALSE(word.giveUp());
  EXPECT_FALSE(word.take());
  word.end(*seen);
  EXPECT_TRUE(word.take());
  EXPECT_FALSE(word.take());
}

// It had looked, and was put aside by the kernel until another one was asked.
TEST(RequestWord, isNotAnsweredByWhoWasAskedBefore) {
  RequestWord word;
  word.ask();
  const std::optional<RequestWord::Number> late = word.look();
  ASSERT_TRUE(late);
  EXPECT_TRUE(word.giveUp());
  EXPECT_FALSE(word.begin(*late));
  word.ask();
  EXPECT_FALSE(word.begin(*late));
  ASSERT_TRUE(word.look());
  EXPECT_NE(*word.look(), *late);
  EXPECT_TRUE(word.giveUp());
  EXPECT_FALSE(word.giveUp());
}

}  // namespace
}  // namespace troop
