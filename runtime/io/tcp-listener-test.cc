#include "runtime/io/tcp-listener.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "runtime/io/testing/connected.h"
#include "runtime/process.h"
#include "runtime/task.h"

namespace troop {
namespace {

TROOP_IO_TEST(TcpListener, acceptsWhoConnects) {
  TcpListener listener = TcpListener::open(Address::loopback()).value();
  EXPECT_NE(listener.address().port(), 0);
  TcpStream here = TcpStream::connect(listener.address()).value();
  TcpStream there = listener.accept().value();
  EXPECT_EQ(here.peer(), listener.address());
  EXPECT_EQ(there.peer().text().substr(0, 10), "127.0.0.1:");
  EXPECT_TRUE(listener.accept(after(1ms)).error().detail() == ErrorDetail::deadline);
}

TROOP_IO_TEST(TcpListener, servesManyConnectionsAtOnce) {
  TcpListener listener = TcpListener::open(Address::loopback()).value();
  constexpr int connections = 64;
  Scope scope;
  scope.task([&] {
    for (int i = 0; i < connections; ++i) {
      scope.thread(
          [](TcpStream stream) {
            const std::string text = tests::readAll(stream);
            stream.write(text).value();
          },
          listener.accept().value());
    }
  });
  std::vector<TcpStream> streams;
  for (int i = 0; i < connections; ++i) {
    streams.push_back(TcpStream::connect(listener.address()).value());
  }
  for (int i = 0; i < connections; ++i) streams[i].write(std::to_string(i)).value();
  for (TcpStream& stream : streams) stream.finishWriting().value();
  for (int i = 0; i < connections; ++i) EXPECT_EQ(tests::readAll(streams[i]), std::to_string(i));
}

TROOP_IO_TEST(TcpListener, isAcceptedFromBySeveral) {
  TcpListener listener = TcpListener::open(Address::loopback()).value();
  int accepted = 0;
  {
    Scope scope;
    for (int task = 0; task < 3; ++task) {
      scope.task([&] {
        while (listener.accept().succeeded()) ++accepted;
      });
    }
    std::vector<TcpStream> streams;
    for (int i = 0; i < 10; ++i) {
      streams.push_back(TcpStream::connect(listener.address()).value());
    }
    while (accepted < 10) sleep(1ms);
    listener.close();
  }
  EXPECT_EQ(accepted, 10);
  EXPECT_EQ(listener.accept().error().kind(), ErrorKind::disconnected);
}

TROOP_IO_TEST(TcpListener, freesItsPortWhenItIsClosed) {
  TcpListener first = TcpListener::open(Address::loopback()).value();
  const Address at = first.address();
  Expected<TcpListener> second = TcpListener::open(at);
  ASSERT_TRUE(second.failed());
  EXPECT_NE(second.error().reason().find("EADDRINUSE"), std::string::npos);
  EXPECT_NE(second.error().reason().find(at.text()), std::string::npos);
  // Also where somebody has waited for it.
  EXPECT_TRUE(first.accept(after(1ms)).failed());
  first.close();
  EXPECT_TRUE(TcpListener::open(at).succeeded());
}

TROOP_IO_TEST(TcpListener, closesWhatItIsAssignedOver) {
  TcpListener listener = TcpListener::open(Address::loopback()).value();
  const Address before = listener.address();
  listener = TcpListener::open(Address::parse("[::1]:0").value()).value();
  EXPECT_TRUE(TcpStream::connect(before).failed());
  EXPECT_TRUE(TcpStream::connect(listener.address()).succeeded());
}

}  // namespace
}  // namespace troop
