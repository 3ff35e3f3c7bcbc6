#include "runtime/io/tcp-stream.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <string>
#include <thread>
#include <utility>

#include "runtime/event.h"
#include "runtime/io/async.h"
#include "runtime/io/testing/connected.h"
#include "runtime/process.h"
#include "runtime/scope.h"
#include "runtime/sendable.h"
#include "runtime/sim/machine.h"
#include "runtime/sim/simulation.h"
#include "runtime/task.h"

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

// Carriers none of which looks outside or at the timers, and no timer but those of the test.
class WhileAllCarriersCompute : public testing::TestWithParam<ProcessOptions::Io> {
 protected:
  static constexpr unsigned carriers = 2;

  // Until somebody has been served.
  void computeIn(Scope& scope) {
    for (unsigned i = 0; i < carriers; ++i) {
      scope.thread(
          [](std::atomic<unsigned>* begun, const std::atomic<bool>* over) {
            ++*begun;
            while (!*over) {
            }
          },
          assumeSendable(&computing_), assumeSendable(&served_));
    }
  }
  void awaitComputing() const {
    while (computing_ < carriers) std::this_thread::yield();
  }

  std::atomic<unsigned> computing_{0};
  std::atomic<bool> served_{false};
  Process process_{
      {.carriers = carriers, .io = GetParam(), .compactAfter = 1h, .deadlocksAfter = forever}};
};

TEST_P(WhileAllCarriersCompute, whoWaitsForASocketIsServed) {
  process_.run([this] {
    auto [here, there] = tests::connected();
    Event reads;
    Scope scope;
    scope.task([&, &stream = there] {
      reads.set();
      EXPECT_EQ(tests::read(stream, 5), "hello");
      served_ = true;
    });
    reads.wait();
    sleep(1ms);  // by now it waits, mostly
    std::thread writer([&, &stream = here] {
      awaitComputing();
      stream.write("hello").value();
    });
    computeIn(scope);
    scope.join();
    writer.join();
  });
}

TEST_P(WhileAllCarriersCompute, timersAreServed) {
  std::thread sets([this] {
    awaitComputing();
    process_.at(after(1ms), [this] { served_ = true; });
  });
  process_.run([this] {
    Scope scope;
    computeIn(scope);
  });
  sets.join();
}

INSTANTIATE_TEST_SUITE_P(Io, WhileAllCarriersCompute,
                         testing::Values(ProcessOptions::Io::best, ProcessOptions::Io::polling));

}  // namespace
}  // namespace troop
