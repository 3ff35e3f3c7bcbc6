#include "runtime/c/answer.h"

#include <gtest/gtest.h>

#include <new>
#include <stdexcept>
#include <string>

namespace troop {
namespace c {
namespace {

TroopCode codeOfThrown(const std::function<void()>& thrower, TroopError* error = nullptr) {
  return guarded(error, thrower);
}

TEST(Answer, tellsWhatACallerDoesNext) {
  const auto code = [](ErrorKind kind, ErrorDetail detail = ErrorDetail::none) {
    return codeOf(Error(kind, "", detail));
  };
  EXPECT_EQ(code(ErrorKind::failed), TROOP_FAILED);
  EXPECT_EQ(code(ErrorKind::unimplemented), TROOP_FAILED);
  EXPECT_EQ(code(ErrorKind::overloaded, ErrorDetail::memory), TROOP_OVERLOADED);
  EXPECT_EQ(code(ErrorKind::disconnected, ErrorDetail::killed), TROOP_DISCONNECTED);
  EXPECT_EQ(code(ErrorKind::failed, ErrorDetail::cancelled), TROOP_CANCELLED);
  EXPECT_EQ(code(ErrorKind::overloaded, ErrorDetail::deadline), TROOP_TIMED_OUT);
  EXPECT_EQ(code(ErrorKind::failed, ErrorDetail::deadlock), TROOP_DEADLOCK);
}

TEST(Answer, letsNothingOutThatIsThrown) {
  TroopError error;
  EXPECT_EQ(codeOfThrown([] { throw Error(ErrorKind::overloaded, "full"); }, &error),
            TROOP_OVERLOADED);
  EXPECT_STREQ(error.text, "full");
  EXPECT_EQ(codeOfThrown([] { throw Cancelled(Error(ErrorKind::failed, "enough")); }, &error),
            TROOP_CANCELLED);
  EXPECT_STREQ(error.text, "enough");
  EXPECT_EQ(codeOfThrown([] { throw std::bad_alloc(); }), TROOP_OVERLOADED);
  EXPECT_EQ(codeOfThrown([] { throw std::out_of_range("too far"); }, &error), TROOP_FAILED);
  EXPECT_STREQ(error.text, "too far");
  EXPECT_EQ(codeOfThrown([] { throw 42; }), TROOP_FAILED);
  EXPECT_EQ(codeOfThrown([] {}, &error), TROOP_OK);
  EXPECT_EQ(error.code, TROOP_OK);
  EXPECT_STREQ(error.text, "");
}

TEST(Answer, cutsWhatIsTooLong) {
  TroopError error;
  answer(&error, TROOP_FAILED, std::string(1000, 'x').c_str());
  EXPECT_EQ(std::string(error.text), std::string(sizeof(error.text) - 1, 'x'));
}

TEST(Answer, knowsATimeThatNeverComes) {
  EXPECT_EQ(deadlineAfter(TROOP_FOREVER), never);
  EXPECT_LE(deadlineAfter(0), now());
}

}  // namespace
}  // namespace c
}  // namespace troop
