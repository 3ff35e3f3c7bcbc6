#include "runtime/io/unix-listener.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "runtime/io/testing/connected.h"
#include "runtime/process.h"

namespace troop {
namespace {

TROOP_IO_TEST(UnixListener, acceptsWhoConnects) {
  UnixListener listener = UnixListener::open(tests::unusedName()).value();
  UnixStream here = UnixStream::connect(listener.address()).value();
  UnixStream there = listener.accept().value();
  here.write("hello").value();
  EXPECT_EQ(tests::read(there, 5), "hello");
  EXPECT_EQ(listener.accept(after(1ms)).error().detail(), ErrorDetail::deadline);
  listener.close();
  EXPECT_EQ(listener.accept().error().kind(), ErrorKind::disconnected);
}

TROOP_IO_TEST(UnixListener, isRefusedAtAPathThatExists) {
  const Address folder = Address::ofPath(std::filesystem::temp_directory_path().string()).value();
  Expected<UnixListener> listener = UnixListener::open(folder);
  ASSERT_TRUE(listener.failed());
  EXPECT_NE(listener.error().reason().find("EADDRINUSE"), std::string::npos);
}

TROOP_IO_TEST(UnixListener, closesWhatItIsAssignedOver) {
  UnixListener listener = UnixListener::open(tests::unusedName()).value();
  const Address before = listener.address();
  listener = UnixListener::open(tests::unusedName()).value();
  EXPECT_EQ(UnixStream::connect(before).error().kind(), ErrorKind::disconnected);
}

TEST(UnixListener, isOpenedByAnOsThreadForAProcess) {
  Process process({.carriers = 1});
  UnixListener listener = UnixListener::open(process, tests::unusedName()).value();
  EXPECT_TRUE(UnixStream::connect(process, listener.address()).succeeded());
}

}  // namespace
}  // namespace troop
