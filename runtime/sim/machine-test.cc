#include "runtime/sim/machine.h"

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "runtime/async/future.h"
#include "runtime/io/tcp-listener.h"
#include "runtime/io/tcp-stream.h"
#include "runtime/io/udp-socket.h"
#include "runtime/process.h"
#include "runtime/sharing/atomic.h"
#include "runtime/sim/simulation.h"
#include "runtime/sim/sweep.h"
#include "runtime/task.h"

namespace troop::sim {
namespace {

constexpr std::uint16_t port = 80;

void sweepIn(const Network& network, const std::function<void()>& program) {
  sweep([&](std::uint64_t seed) { run({.seed = seed, .network = network}, program); });
}

Address addressOf(const std::string& ip) {
  return Address::parse(ip + ":80").value();
}

// Answers each byte by itself, also after the connection is gone.
void echoBytes() {
  TcpListener listener = TcpListener::open(Address::anyInterface(port)).value();
  for (;;) {
    TcpStream stream = listener.accept().value();
    std::array<std::byte, 1> byte;
    for (;;) {
      const Expected<std::size_t> got = stream.read(byte);
      if (got.failed() || got.value() == 0 || stream.write(byte).failed()) break;
    }
  }
}

// What became of one question.
ErrorDetail asked(TcpStream& stream, Duration patience) {
  std::array<std::byte, 1> byte{};
  Expected<void> sent = stream.write(byte, after(patience));
  if (sent.failed()) return sent.error().detail();
  const Expected<std::size_t> got = stream.read(byte, after(patience));
  return got.failed() ? got.error().detail() : ErrorDetail::none;
}

TEST(Machine, hasAnAddressByWhichOthersReachIt) {
  sweepIn({}, [] {
    Machine server({.name = "server"});
    Machine client({.name = "client"});
    EXPECT_EQ(server.ip(), "10.0.0.2");
    EXPECT_EQ(client.ip(), "10.0.0.3");
    auto seen = server.troop().future({"server"}, [] {
      TcpListener listener = TcpListener::open(Address::anyInterface(port)).value();
      return listener.accept().value().peer().withPort(0).text();
    });
    client.troop().thread(
        {"client"}, [](const std::string& to) { TcpStream::connect(addressOf(to)).value(); },
        server.ip());
    EXPECT_EQ(seen.get().value(), "10.0.0.3:0");
  });
}

TEST(Machine, hasALoopbackOfItsOwn) {
  sweepIn({}, [] {
    Machine one({.name = "one"});
    Machine other({.name = "other"});
    auto listens = one.troop().future({"listens"}, [] {
      TcpListener listener = TcpListener::open(Address::loopback(port)).value();
      return TcpStream::connect(Address::loopback(port)).succeeded() &&
             TcpListener::open(Address::parse("10.0.0.3:80").value()).failed();
    });
    EXPECT_TRUE(listens.get().value());
    auto refused = other.troop().future(
        {"asks"}, [] { return TcpStream::connect(Address::loopback(port)).failed(); });
    EXPECT_TRUE(refused.get().value());
  });
}

TEST(Machine, onesThatAreCutHearOfEachOtherOnceTheyAreHealed) {
  sweepIn({}, [] {
    Machine server({.name = "server"});
    Machine client({.name = "client"});
    server.troop().thread({"server"}, echoBytes);
    auto answered = client.troop().future(
        {"client"},
        [](const std::string& to) {
          TcpStream stream = TcpStream::connect(addressOf(to)).value();
          EXPECT_EQ(asked(stream, forever), ErrorDetail::none);
          sleep(1s);
          const Time before = now();
          EXPECT_EQ(asked(stream, forever), ErrorDetail::none);
          return now() - before;
        },
        server.ip());
    sleep(500ms);
    Machine::cut(server, client);
    sleep(10s);
    Machine::heal(server, client);
    EXPECT_GT(answered.get().value(), 9s) << "it was asked when they were cut";
  });
}

TEST(Machine, oneThatHasCrashedTellsNobodyAndKnowsNoConnectionAfterwards) {
  sweepIn({}, [] {
    Machine server({.name = "server"});
    Machine client({.name = "client"});
    server.troop().thread({"server"}, echoBytes);
    const Atomic<int> step = Atomic<int>::make(0);
    auto outcome = client.troop().future(
        {"client"},
        [](const std::string& to, Atomic<int> done) {
          TcpStream stream = TcpStream::connect(addressOf(to)).value();
          EXPECT_EQ(asked(stream, forever), ErrorDetail::none);
          done.set(1);
          while (done.get() != 2) sleep(10ms);
          std::array<std::byte, 1> byte;
          EXPECT_EQ(stream.read(byte, after(1s)).error().detail(), ErrorDetail::deadline)
              << "nobody has told it";
          done.set(3);
          while (done.get() != 4) sleep(10ms);
          const Expected<void> sent = stream.write(byte);
          EXPECT_TRUE(sent.succeeded());
          EXPECT_EQ(stream.read(byte).error().kind(), ErrorKind::disconnected);
          TcpStream again = TcpStream::connect(addressOf(to)).value();
          return asked(again, forever) == ErrorDetail::none;
        },
        server.ip(), step);
    while (step.get() != 1) sleep(10ms);
    server.crash();
    step.set(2);
    while (step.get() != 3) sleep(10ms);
    server.restart();
    server.troop().thread({"server"}, echoBytes);
    sleep(1ms);
    step.set(4);
    EXPECT_TRUE(outcome.get().value());
  });
}

TEST(Machine, whoConnectsToOneThatIsOffGivesUp) {
  run({}, [] {
    Machine server({.name = "server"});
    server.crash();
    const Time before = now();
    const auto failed = TcpStream::connect(addressOf(server.ip()));
    EXPECT_NE(failed.error().reason().find("ETIMEDOUT"), std::string::npos);
    EXPECT_GT(now(), before + 1min);
  });
}

TEST(Machine, theEndOfItsProgramIsToldToOthers) {
  sweepIn({}, [] {
    Machine server({.name = "server"});
    server.troop().thread({"server"}, echoBytes);
    sleep(1ms);
    TcpStream stream = TcpStream::connect(addressOf(server.ip())).value();
    EXPECT_EQ(asked(stream, forever), ErrorDetail::none);
    server.troop().kill(Error(ErrorKind::disconnected, "ended", ErrorDetail::killed));
    std::array<std::byte, 1> byte;
    EXPECT_EQ(stream.read(byte).value(), 0u);
    server.restart();
    server.troop().thread({"server"}, echoBytes);
    sleep(1ms);
    TcpStream again = TcpStream::connect(addressOf(server.ip())).value();
    EXPECT_EQ(asked(again, forever), ErrorDetail::none);
  });
}

// A protocol that survives whatever the network does: requests have numbers and are sent until they
// are answered; what was done already is answered again, and not done again.
struct Request {
  std::uint32_t number;
};

void countRequests(Atomic<int> done) {
  UdpSocket socket = UdpSocket::open(Address::anyInterface(port)).value();
  std::uint32_t last = 0;
  for (;;) {
    Request request{};
    const Datagram got = socket.receive(std::as_writable_bytes(std::span(&request, 1))).value();
    if (request.number == last + 1) {
      last = request.number;
      done.add(1);
    }
    if (request.number <= last) {
      socket.send(std::as_bytes(std::span(&request, 1)), got.from).value();
    }
  }
}

void sendRequests(const std::string& to, std::uint32_t count) {
  UdpSocket socket = UdpSocket::open(Address::anyInterface()).value();
  for (std::uint32_t number = 1; number <= count;) {
    const Request request{number};
    socket.send(std::as_bytes(std::span(&request, 1)), addressOf(to)).value();
    Request answer{};
    const auto got = socket.receive(std::as_writable_bytes(std::span(&answer, 1)), after(50ms));
    if (got.succeeded() && answer.number == number) ++number;
  }
}

TEST(Machine, aProtocolOfRequestsAndRetriesSurvivesLossAndCuts) {
  constexpr std::uint32_t requests = 10;
  sweepIn({.lossOneIn = 4, .twiceOneIn = 4, .cutOneIn = 10, .cutMax = 1s}, [] {
    Machine server({.name = "server"});
    Machine client({.name = "client"});
    const Atomic<int> done = Atomic<int>::make(0);
    server.troop().thread({"server"}, countRequests, done);
    const Ref<Thread> sending =
        client.troop().thread({"client"}, sendRequests, server.ip(), requests);
    sending->join().value();
    EXPECT_EQ(done.get(), static_cast<int>(requests)) << "each was done once";
  });
}

TEST(Machine, whoseProgramCannotBeStartedIsNotThere) {
  run({}, [] {
    EXPECT_THROW(Machine({.name = "small", .memoryBytesMax = 1}, echoBytes), Error);
    const Machine machine({.name = "next"}, echoBytes);
    EXPECT_EQ(machine.ip(), "10.0.0.3");
    sleep(1s);
    TcpStream stream = TcpStream::connect(addressOf(machine.ip())).value();
    EXPECT_EQ(asked(stream, 10s), ErrorDetail::none);
    EXPECT_TRUE(TcpStream::connect(addressOf("10.0.0.2"), after(10min)).failed());
  });
}

TEST(Machine, isOneOfASimulatedRun) {
  EXPECT_THROW(Machine({.name = "outside"}), Error);
  Process process;
  process.run([] { EXPECT_THROW(Machine({.name = "real"}), Error); });
}

}  // namespace
}  // namespace troop::sim
