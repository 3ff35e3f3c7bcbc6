#include "runtime/io/udp-socket.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>

#include "runtime/io/testing/connected.h"
#include "runtime/process.h"
#include "runtime/task.h"

namespace troop {
namespace {

std::span<const std::byte> bytes(std::string_view text) {
  return std::as_bytes(std::span(text));
}

TROOP_IO_TEST(UdpSocket, receivesDatagramsWholeAndWhoSentThem) {
  UdpSocket here = UdpSocket::open(Address::loopback()).value();
  UdpSocket there = UdpSocket::open(Address::loopback()).value();
  here.send(bytes("first"), there.address()).value();
  here.send(bytes(""), there.address()).value();
  here.send(bytes("and a second one"), there.address()).value();
  std::array<std::byte, 6> buffer;
  Datagram got = there.receive(buffer).value();
  EXPECT_EQ(got.bytes, 5U);
  EXPECT_EQ(got.dropped, 0U);
  EXPECT_EQ(got.from, here.address());
  EXPECT_EQ(there.receive(buffer)->bytes, 0U);
  got = there.receive(buffer).value();
  EXPECT_EQ(got.bytes, 6U);
  EXPECT_EQ(got.dropped, 10U);
}

TROOP_IO_TEST(UdpSocket, waitsForADatagram) {
  UdpSocket here = UdpSocket::open(Address::loopback()).value();
  UdpSocket there = UdpSocket::open(Address::loopback()).value();
  std::array<std::byte, 16> buffer;
  EXPECT_EQ(there.receive(buffer, after(1ms)).error().detail(), ErrorDetail::deadline);
  Scope scope;
  scope.task([&] { here.send(bytes("hello"), there.address()).value(); });
  EXPECT_EQ(there.receive(buffer)->bytes, 5U);
}

TROOP_IO_TEST(UdpSocket, endsTheWaitsOfOthersWhenItIsClosed) {
  UdpSocket socket = UdpSocket::open(Address::loopback()).value();
  int ended = 0;
  {
    Scope scope;
    for (int task = 0; task < 3; ++task) {
      scope.task([&] {
        std::array<std::byte, 16> buffer;
        if (socket.receive(buffer).failed()) ++ended;
      });
    }
    yield();
    socket.close();
  }
  EXPECT_EQ(ended, 3);
}

TROOP_IO_TEST(UdpSocket, saysWhatCannotBeSent) {
  UdpSocket socket = UdpSocket::open(Address::loopback()).value();
  const std::string tooLong(70'000, 'x');
  Expected<void> sent = socket.send(bytes(tooLong), socket.address());
  ASSERT_TRUE(sent.failed());
  EXPECT_EQ(sent.error().kind(), ErrorKind::failed);
  EXPECT_NE(sent.error().reason().find("EMSGSIZE"), std::string::npos);
  EXPECT_NE(UdpSocket::open(socket.address()).error().reason().find("EADDRINUSE"),
            std::string::npos);
}

TEST(UdpSocket, isUsedByOsThreadsOfTheHost) {
  Process process({.carriers = 1});
  UdpSocket here = UdpSocket::open(process, Address::loopback()).value();
  UdpSocket there = UdpSocket::open(process, Address::loopback()).value();
  there = UdpSocket::open(process, Address::loopback()).value();
  here.send(bytes("hello"), there.address()).value();
  std::array<std::byte, 16> buffer;
  EXPECT_EQ(there.receive(buffer)->bytes, 5U);
}

}  // namespace
}  // namespace troop
