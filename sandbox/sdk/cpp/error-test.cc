#include "sandbox/sdk/cpp/error.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "sandbox/sdk/cpp/testing/fake-host.h"

namespace troop::inline guest::testing {
namespace {

TEST(Expected, isAValueOrAnError) {
  const Expected<int> five = 5;
  EXPECT_TRUE(five.succeeded());
  EXPECT_EQ(*five, 5);
  const Expected<int> failed = Error(ErrorKind::overloaded, "busy", ErrorDetail::quota);
  EXPECT_TRUE(failed.failed());
  EXPECT_FALSE(failed);
  EXPECT_EQ(failed.error().kind(), ErrorKind::overloaded);
  EXPECT_EQ(failed.error().detail(), ErrorDetail::quota);
  EXPECT_EQ(failed.error().executed(), Executed::maybe);
}

TEST(Expected, ofNothingSaysOnlyWhetherItSucceeded) {
  EXPECT_TRUE(Expected<void>().succeeded());
  EXPECT_EQ(Expected<void>(Error("no")).error().reason(), "no");
}

TEST(Expected, givesAwayWhatCannotBeCopied) {
  Expected<std::unique_ptr<int>> value = std::make_unique<int>(5);
  const std::unique_ptr<int> taken = *std::move(value);
  EXPECT_EQ(*taken, 5);
}

TEST(ExpectedDeathTest, endsThePluginWhereNobodyLooks) {
  FakeHost host;
  Expected<std::string> failed = Error("it broke");
  EXPECT_DEATH((void)failed->size(), "abort 1: an error that nobody looked at: it broke");
  EXPECT_DEATH((void)*failed, "abort 1: an error that nobody looked at: it broke");
}

}  // namespace
}  // namespace troop::inline guest::testing
