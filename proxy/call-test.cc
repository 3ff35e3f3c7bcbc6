#include "proxy/call.h"

#include <gtest/gtest.h>

#include <utility>

#include "proxy/answer.h"
#include "proxy/testing/endpoints.h"

namespace troop::proxy {
namespace {

using namespace testing;

TEST(Call, answersOnce) {
  const auto answer = makeRef<Answer>();
  Call call(anyMethod, numbered(1), answer);
  call.settle(numbered(2));
  call.settle(numbered(3));
  EXPECT_EQ(textOf(answer->result()), "2");
  EXPECT_FALSE(call.answer());
}

TEST(Call, thatIsDroppedAnswersDisconnected) {
  const auto answer = makeRef<Answer>();
  {
    const Call call(anyMethod, numbered(1), answer);
  }
  EXPECT_EQ(textOf(answer->result()), "disconnected: the call was dropped");
  EXPECT_EQ(answer->result().error().executed(), Executed::maybe);
}

TEST(Call, thatWasMovedFromAnswersNothing) {
  const auto answer = makeRef<Answer>();
  {
    Call call(anyMethod, numbered(1), answer);
    Call moved = std::move(call);
    {
      const Call gone = std::move(call);  // NOLINT(bugprone-use-after-move)
    }
    EXPECT_FALSE(answer->settled());
    moved.settle(numbered(2));
  }
  EXPECT_EQ(textOf(answer->result()), "2");
}

TEST(Call, thatIsAssignedToDropsTheOneBefore) {
  const auto first = makeRef<Answer>();
  const auto second = makeRef<Answer>();
  Call call(anyMethod, numbered(1), first);
  call = Call(anyMethod, numbered(2), second);
  EXPECT_EQ(textOf(first->result()), "disconnected: the call was dropped");
  EXPECT_FALSE(second->settled());
  EXPECT_EQ(numberOf(call.params), 2u);
}

TEST(Call, thatIsAssignedToAnswersForTheOtherFromThenOn) {
  const auto first = makeRef<Answer>(), second = makeRef<Answer>();
  Call call(anyMethod, numbered(1), first);
  Call other({7, 8}, numbered(2), second, Time() + std::chrono::seconds(5));
  call = std::move(other);
  EXPECT_EQ(call.method, (MethodId{7, 8}));
  EXPECT_EQ(call.deadline, Time() + std::chrono::seconds(5));
  call.settle(numbered(4));
  EXPECT_EQ(textOf(second->result()), "4");
}

TEST(Call, thatIsAssignedToItselfStaysAsItIs) {
  const auto answer = makeRef<Answer>();
  Call call(anyMethod, numbered(1), answer);
  Call& same = call;
  call = std::move(same);
  EXPECT_FALSE(answer->settled());
  EXPECT_EQ(numberOf(call.params), 1u);
}

TEST(Call, isDecidedOnceItIsAnsweredOrNobodyWaitsAnyMore) {
  const auto answered = makeRef<Answer>(), givenUp = makeRef<Answer>();
  Call call(anyMethod, numbered(1), answered);
  EXPECT_FALSE(call.decided());
  call.settle(numbered(2));
  EXPECT_TRUE(call.decided());

  const Call unwanted(anyMethod, numbered(1), givenUp);
  {
    const Interest interest(givenUp);
    EXPECT_FALSE(unwanted.decided());
  }
  EXPECT_TRUE(unwanted.decided());
}

}  // namespace
}  // namespace troop::proxy
