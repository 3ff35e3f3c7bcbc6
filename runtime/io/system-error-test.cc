#include "runtime/io/system-error.h"

#include <gtest/gtest.h>

#include <cerrno>

namespace troop {
namespace {

TEST(SystemError, saysWhatWhereAndTheSystemsNameForWhy) {
  const Error error = systemError(-ECONNRESET, "reading from", "127.0.0.1:80");
  EXPECT_EQ(error.kind(), ErrorKind::disconnected);
  EXPECT_EQ(error.reason(), "reading from 127.0.0.1:80: ECONNRESET (Connection reset by peer)");
}

TEST(SystemError, isOfTheKindThatTellsTheCallerWhatToDoNext) {
  EXPECT_EQ(systemError(-EMFILE, "accepting at", "[::1]:80").kind(), ErrorKind::overloaded);
  EXPECT_EQ(systemError(-ECONNREFUSED, "connecting to", "x").kind(), ErrorKind::disconnected);
  EXPECT_EQ(systemError(-EACCES, "listening at", "x").kind(), ErrorKind::failed);
}

TEST(SystemError, saysThatItWasClosedHere) {
  const Error error = systemError(-ESHUTDOWN, "reading from", "127.0.0.1:80");
  EXPECT_EQ(error.kind(), ErrorKind::disconnected);
  EXPECT_EQ(error.reason(), "reading from 127.0.0.1:80: it was closed here");
}

}  // namespace
}  // namespace troop
