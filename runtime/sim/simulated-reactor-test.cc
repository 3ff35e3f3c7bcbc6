// Programs that use sockets as they would anywhere, in runs whose network is simulated.
#include "runtime/sim/simulated-reactor.h"

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>

#include "runtime/io/async.h"
#include "runtime/io/pipe.h"
#include "runtime/io/tcp-listener.h"
#include "runtime/io/tcp-stream.h"
#include "runtime/io/testing/connected.h"
#include "runtime/io/udp-socket.h"
#include "runtime/io/unix-listener.h"
#include "runtime/io/unix-stream.h"
#include "runtime/scope.h"
#include "runtime/sim/simulation.h"
#include "runtime/sim/sweep.h"
#include "runtime/task.h"

namespace troop {
namespace {

// Under each seed of a sweep.
void sweepIn(const sim::Network& network, const std::function<void()>& program) {
  sim::sweep([&](std::uint64_t seed) { sim::run({.seed = seed, .network = network}, program); });
}

void echo(TcpStream stream) {
  std::array<std::byte, 16> buffer;
  while (const std::size_t got = stream.read(buffer).value()) {
    stream.write(std::span(buffer).first(got)).value();
  }
}

void serve(TcpListener listener, int clients) {
  Scope scope;
  for (int i = 0; i < clients; ++i) scope.thread({"echo"}, echo, listener.accept().value());
}

void ask(std::uint16_t server, int number) {
  TcpStream stream = TcpStream::connect(Address::loopback(server)).value();
  const std::string question = "question " + std::to_string(number) + std::string(30, '.');
  stream.write(question).value();
  EXPECT_EQ(tests::read(stream, question.size()), question);
  stream.finishWriting().value();
  EXPECT_EQ(tests::readAll(stream), "");
}

void echoServerAndClients() {
  constexpr int clients = 3;
  TcpListener listener = TcpListener::open(Address::loopback()).value();
  const std::uint16_t server = listener.address().port();
  Scope scope;
  scope.thread({"server"}, serve, std::move(listener), clients);
  for (int i = 0; i < clients; ++i) scope.thread({"client"}, ask, server, i);
}

TEST(SimulatedReactor, anEchoServerAndItsClientsRunUnchanged) {
  sweepIn({}, echoServerAndClients);
}

TEST(SimulatedReactor, theSameSeedMakesTheSameRun) {
  std::set<std::uint64_t> hashes;
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    hashes.insert(sim::check({.seed = seed}, echoServerAndClients).hash);
  }
  EXPECT_EQ(hashes.size(), 10u);
}

TEST(SimulatedReactor, whatIsSentTakesTime) {
  sim::run({.network = {.delayMin = 1s, .delayMax = 1s}}, [] {
    const Time before = now();
    auto [here, there] = tests::connected();
    EXPECT_GE(now(), before + 2s) << "there and back";
    const Time connected = now();
    here.write("x").value();
    tests::read(there, 1);
    EXPECT_GE(now(), connected + 1s);
  });
}

TEST(SimulatedReactor, moreThanThereIsRoomForWaitsForTheReader) {
  sweepIn({.roomBytes = 10'000}, [] {
    auto [here, there] = tests::connected();
    std::string all(100'000, '?');
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<char>('a' + i % 26);
    Scope scope;
    scope.task([&] {
      here.write(all).value();
      here.finishWriting().value();
    });
    EXPECT_TRUE(tests::readAll(there) == all);
  });
}

TEST(SimulatedReactor, aDeadlinePassesInVirtualTime) {
  sim::run({}, [] {
    auto [here, there] = tests::connected();
    const Time before = now();
    std::array<std::byte, 1> byte;
    EXPECT_EQ(here.read(byte, before + 1h).error().detail(), ErrorDetail::deadline);
    EXPECT_GE(now(), before + 1h);
  });
}

TEST(SimulatedReactor, whereNobodyListensConnectingIsRefused) {
  sweepIn({}, [] {
    const Address free = [] { return TcpListener::open(Address::loopback()).value().address(); }();
    const auto refused = TcpStream::connect(free);
    EXPECT_EQ(refused.error().kind(), ErrorKind::disconnected);
    EXPECT_NE(refused.error().reason().find("ECONNREFUSED"), std::string::npos);
  });
}

TEST(SimulatedReactor, nothingOutsideOfTheRunIsReached) {
  sim::run({}, [] {
    for (const char* outside : {"192.0.2.1:80", "10.0.0.2:80"}) {
      const auto failed = TcpStream::connect(Address::parse(outside).value());
      EXPECT_NE(failed.error().reason().find("ENETUNREACH"), std::string::npos) << outside;
    }
    EXPECT_TRUE(TcpListener::open(Address::parse("192.0.2.1:80").value()).failed());
  });
}

TEST(SimulatedReactor, anAddressInUseIsRefused) {
  sim::run({}, [] {
    const TcpListener first = TcpListener::open(Address::loopback()).value();
    const auto second = TcpListener::open(first.address());
    EXPECT_NE(second.error().reason().find("EADDRINUSE"), std::string::npos);
  });
}

TEST(SimulatedReactor, whoeverStopsWritingIsStillAnswered) {
  sweepIn({}, [] {
    auto [here, there] = tests::connected();
    here.write("question").value();
    here.finishWriting().value();
    EXPECT_EQ(tests::readAll(there), "question");
    there.write("answer").value();
    there.close();
    EXPECT_EQ(tests::readAll(here), "answer");
  });
}

TEST(SimulatedReactor, closingWithSomethingUnreadTellsTheOtherSide) {
  sweepIn({.shortOneIn = 0}, [] {
    auto [here, there] = tests::connected();
    here.write("never read").value();
    std::array<std::byte, 5> some;
    there.read(some).value();
    there.close();
    const auto failed = here.read(some);
    EXPECT_EQ(failed.error().kind(), ErrorKind::disconnected);
    EXPECT_TRUE(here.write("more").failed());
  });
}

TEST(SimulatedReactor, whoWritesToOneThatIsGoneIsToldInTheEnd) {
  sweepIn({}, [] {
    auto [here, there] = tests::connected();
    there.close();
    while (here.write("is anybody there?").succeeded()) sleep(1ms);
    EXPECT_EQ(here.write("no").error().kind(), ErrorKind::disconnected);
  });
}

TEST(SimulatedReactor, aListenerThatIsClosedBreaksThoseThatWaitToBeAccepted) {
  sweepIn({}, [] {
    TcpListener listener = TcpListener::open(Address::loopback()).value();
    TcpStream waiting = TcpStream::connect(listener.address()).value();
    listener.close();
    std::array<std::byte, 1> byte;
    EXPECT_EQ(waiting.read(byte).error().kind(), ErrorKind::disconnected);
  });
}

TEST(SimulatedReactor, connectionsBreakWhereThatIsAskedFor) {
  int broken = 0;
  sweepIn({.resetOneIn = 4}, [&] {
    auto [here, there] = tests::connected();
    for (int i = 0; i < 4; ++i) {
      if (here.write("x").succeeded()) continue;
      ++broken;
      std::array<std::byte, 16> some;
      Expected<std::size_t> got = std::size_t{1};
      while (got.succeeded()) got = there.read(some);
      EXPECT_EQ(got.error().kind(), ErrorKind::disconnected) << "the other side hears of it";
      return;
    }
  });
  EXPECT_GT(broken, 0);
}

TEST(SimulatedReactor, closingEndsAWaitFromElsewhere) {
  sweepIn({}, [] {
    auto [here, there] = tests::connected();
    Scope scope;
    scope.task([&] {
      std::array<std::byte, 1> byte;
      EXPECT_EQ(here.read(byte).error().kind(), ErrorKind::disconnected);
    });
    sleep(1ms);
    here.close();
  });
}

TEST(SimulatedReactor, unixSocketsAndPipesCarryWhatIsWritten) {
  sweepIn({}, [] {
    const Address path = Address::ofPath("/run/app/socket").value();
    EXPECT_NE(UnixStream::connect(path).error().reason().find("ENOENT"), std::string::npos);
    UnixListener listener = UnixListener::open(path).value();
    UnixStream here = UnixStream::connect(path).value();
    UnixStream there = listener.accept().value();
    here.write("by path").value();
    EXPECT_EQ(tests::read(there, 7), "by path");
    here.close();
    EXPECT_TRUE(there.write("gone").failed());
    listener.close();
    EXPECT_NE(UnixStream::connect(path).error().reason().find("ECONNREFUSED"), std::string::npos);

    auto [one, other] = UnixStream::pair().value();
    one.write("as a pair").value();
    one.close();
    EXPECT_EQ(tests::readAll(other), "as a pair");

    auto [reader, writer] = openPipe().value();
    std::array<std::byte, 1> byte;
    writer.write("x").value();
    EXPECT_EQ(reader.read(byte).value(), 1u);
    reader.close();
    EXPECT_EQ(writer.write("x").error().kind(), ErrorKind::disconnected);
  });
}

// How many datagrams of ten arrive.
int arriving() {
  UdpSocket here = UdpSocket::open(Address::loopback()).value();
  UdpSocket there = UdpSocket::open(Address::loopback()).value();
  for (int i = 0; i < 10; ++i) {
    here.send(std::as_bytes(std::span("datagram", 8)), there.address()).value();
  }
  int count = 0;
  std::array<std::byte, 4> some;
  for (;;) {
    const Expected<Datagram> got = there.receive(some, after(1s));
    if (got.failed()) return count;
    EXPECT_EQ(got->bytes, 4u);
    EXPECT_EQ(got->dropped, 4u);
    EXPECT_EQ(got->from, here.address());
    ++count;
  }
}

TEST(SimulatedReactor, datagramsArriveWhereNoneAreLost) {
  sweepIn({}, [] { EXPECT_EQ(arriving(), 10); });
}

TEST(SimulatedReactor, datagramsAreLostWhereThatIsAskedFor) {
  std::set<int> counts;
  sweepIn({.lossOneIn = 2}, [&] { counts.insert(arriving()); });
  EXPECT_GT(counts.size(), 2u);
}

Async<void> askAsync(Address server) {
  TcpStream stream = (co_await async::connect(server)).value();
  const std::string question = "question";
  (co_await async::write(stream, std::as_bytes(std::span(question)))).value();
  std::array<std::byte, 8> buffer;
  std::size_t got = 0;
  while (got < buffer.size()) {
    got += (co_await async::read(stream, std::span(buffer).subspan(got))).value();
  }
}

TEST(SimulatedReactor, coroutinesUseItAsWell) {
  sweepIn({}, [] {
    TcpListener listener = TcpListener::open(Address::loopback()).value();
    const Address server = listener.address();
    Scope scope;
    scope.thread({"server"}, serve, std::move(listener), 1);
    scope.task([server] { await(askAsync(server)); });
  });
}

TEST(SimulatedReactor, whoWaitsForNothingIsNamed) {
  try {
    sim::run({}, [] { TcpListener::open(Address::loopback()).value().accept().value(); });
    FAIL() << "nobody will ever connect";
  } catch (const Error& error) {
    EXPECT_EQ(error.detail(), ErrorDetail::deadlock);
    EXPECT_NE(error.reason().find("waits for a connection"), std::string::npos) << error.reason();
  }
}

TEST(SimulatedReactor, whatIsKeptLongerThanTheRunIsOnlyClosed) {
  std::optional<TcpStream> kept;
  std::optional<TcpListener> listening;
  sim::run({}, [&] {
    listening = TcpListener::open(Address::loopback()).value();
    kept = TcpStream::connect(listening->address()).value();
    (void)kept->read({}, after(1ms));
  });
  EXPECT_EQ(kept->write("x").error().kind(), ErrorKind::disconnected);
  kept.reset();
  listening.reset();
}

}  // namespace
}  // namespace troop
