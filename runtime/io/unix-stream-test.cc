#include "runtime/io/unix-stream.h"

#include <gtest/gtest.h>

#include <string>

#include "runtime/io/testing/connected.h"
#include "runtime/process.h"

namespace troop {
namespace {

TROOP_IO_TEST(UnixStream, hasTwoEndsThatWereMadeTogether) {
  auto [here, there] = UnixStream::pair().value();
  Scope scope;
  scope.task([&] {
    here.write(std::string(1 << 20, 'x')).value();
    here.finishWriting().value();
  });
  EXPECT_EQ(tests::readAll(there).size(), std::size_t{1} << 20);
  there.write("answer").value();
  there.close();
  EXPECT_EQ(tests::readAll(here), "answer");
  const Expected<void> sent = here.write("nobody reads this");
  ASSERT_TRUE(sent.failed());
  EXPECT_EQ(sent.error().kind(), ErrorKind::disconnected);
}

TROOP_IO_TEST(UnixStream, failsWhereThereIsNoSuchPath) {
  const Address nowhere = Address::ofPath("/nonexistent/socket").value();
  Expected<UnixStream> stream = UnixStream::connect(nowhere);
  ASSERT_TRUE(stream.failed());
  EXPECT_EQ(stream.error().reason(),
            "connecting to /nonexistent/socket: ENOENT (No such file or directory)");
}

TEST(UnixStream, isMadeByAnOsThreadForAProcess) {
  Process process({.carriers = 1});
  auto [here, there] = UnixStream::pair(process).value();
  here.write("hello").value();
  EXPECT_EQ(tests::read(there, 5), "hello");
}

}  // namespace
}  // namespace troop
