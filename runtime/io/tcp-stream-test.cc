#include "runtime/io/tcp-stream.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "runtime/io/connected.h"
#include "runtime/process.h"

namespace troop {
namespace {

TROOP_IO_TEST(TcpStream, failsWithDisconnectedWhereNobodyListens) {
  Address at;
  {
    TcpListener listener = TcpListener::open(Address::loopback()).value();
    at = listener.address();
  }
  Expected<TcpStream> stream = TcpStream::connect(at);
  ASSERT_TRUE(stream.failed());
  EXPECT_EQ(stream.error().kind(), ErrorKind::disconnected);
  EXPECT_EQ(stream.error().reason(),
            "connecting to " + at.text() + ": ECONNREFUSED (Connection refused)");
}

TROOP_IO_TEST(TcpStream, refusesAnAddressOfNoKnownFamily) {
  Expected<TcpStream> stream = TcpStream::connect(Address());
  ASSERT_TRUE(stream.failed());
  EXPECT_EQ(stream.error().kind(), ErrorKind::failed);
}

TEST(TcpStream, isConnectedByAnOsThreadForAProcess) {
  Process process({.carriers = 1});
  TcpListener listener = TcpListener::open(process, Address::loopback()).value();
  TcpStream here = TcpStream::connect(process, listener.address()).value();
  EXPECT_EQ(process.run(
                [stream = listener.accept().value()]() mutable { return tests::read(stream, 0); }),
            "");
}

}  // namespace
}  // namespace troop
