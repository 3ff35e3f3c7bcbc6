#include "runtime/io/tcp-stream.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <string>
#include <utility>

#include "runtime/io/async.h"
#include "runtime/io/testing/connected.h"
#include "runtime/process.h"
#include "runtime/sim/machine.h"
#include "runtime/sim/simulation.h"

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

// A read ends before what is urgent, though more stands behind that.
TROOP_IO_TEST(TcpStream, readsOnBehindUrgentBytes) {
  TcpListener listener = TcpListener::open(Address::loopback()).value();
  const int client = socket(AF_INET, SOCK_STREAM, 0);
  ASSERT_EQ(::connect(client, listener.address().raw(), listener.address().length()), 0);
  TcpStream stream = listener.accept().value();
  ASSERT_EQ(send(client, "abc", 3, 0), 3);
  ASSERT_EQ(send(client, "!", 1, MSG_OOB), 1);
  ASSERT_EQ(send(client, "def", 3, 0), 3);
  std::string read;
  std::array<std::byte, 64> buffer;
  while (read.find("def") == std::string::npos) {
    const std::size_t got = stream.read(buffer, after(60s)).value();
    ASSERT_GT(got, 0U);
    read.append(reinterpret_cast<const char*>(buffer.data()), got);
  }
  ::close(client);
}

TROOP_IO_TEST(TcpStream, refusesAnAddressOfNoKnownFamily) {
  Expected<TcpStream> stream = TcpStream::connect(Address());
  ASSERT_TRUE(stream.failed());
  EXPECT_EQ(stream.error().kind(), ErrorKind::failed);
}

// 10.0.0.2 is switched off: nothing answers.
TEST(TcpStream, leavesNothingOpenWhereItCannotConnect) {
  sim::run({}, [] {
    sim::Machine off({.name = "off"});
    off.crash();
    const Address there = Address::parse("10.0.0.2:80").value();
    EXPECT_EQ(TcpStream::connect(there, after(1s)).error().detail(), ErrorDetail::deadline);
    EXPECT_EQ(await(async::connect(there, after(1s))).error().detail(), ErrorDetail::deadline);
    EXPECT_EQ(Troop::current()->handles(), 0U);
  });
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
