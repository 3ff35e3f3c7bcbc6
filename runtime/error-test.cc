#include "runtime/error.h"

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>

namespace troop {
namespace {

TEST(Error, isNamedByKindAndDetail) {
  EXPECT_EQ(name(ErrorKind::overloaded), "overloaded");
  EXPECT_EQ(name(ErrorDetail::badMessage), "badMessage");
}

TEST(Error, isMadeOfWhateverWasThrown) {
  const auto thrown = [](auto value) { return std::make_exception_ptr(value); };
  const Error own(ErrorKind::overloaded, "full", ErrorDetail::quota);
  EXPECT_EQ(errorOf(thrown(own)).detail(), ErrorDetail::quota);
  EXPECT_EQ(errorOf(thrown(Cancelled(own))).reason(), "full");
  EXPECT_EQ(errorOf(thrown(std::runtime_error("broken"))).reason(), "broken");
  EXPECT_EQ(errorOf(thrown(42)).kind(), ErrorKind::failed);
  EXPECT_TRUE(isCancelled(thrown(Cancelled(own))));
  EXPECT_FALSE(isCancelled(thrown(own)));
}

TEST(Cancelled, isNoStdException) {
  try {
    throw Cancelled(Error(ErrorKind::failed, "gone"));
  } catch (const std::exception&) {
    FAIL() << "a handler of errors swallowed it";
  } catch (const Cancelled& cancelled) {
    EXPECT_EQ(cancelled.cause().reason(), "gone");
  }
}

TEST(Expected, holdsAValueOrThrowsTheErrorInItsPlace) {
  const Expected<int> value = 7;
  EXPECT_TRUE(value);
  EXPECT_EQ(value.value(), 7);
  Expected<int> error = Error(ErrorKind::failed, "no number");
  EXPECT_TRUE(error.failed());
  EXPECT_THROW(error.value(), Error);
  EXPECT_EQ(error.error().reason(), "no number");
}

TEST(Expected, movesWhatCannotBeCopied) {
  Expected<std::unique_ptr<int>> value = std::make_unique<int>(7);
  const std::unique_ptr<int> taken = std::move(value).value();
  EXPECT_EQ(*taken, 7);
  Expected<void> nothing;
  EXPECT_TRUE(nothing);
}

}  // namespace
}  // namespace troop
