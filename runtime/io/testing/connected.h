// Tests of I/O: on real carriers, one and two, by each way to what is outside, and simulated where
// nothing in them reaches for the system itself; and with two ends of a connection.
//
//   TROOP_IO_TEST(ByteStream, readsWhatWasWritten) { auto [here, there] = tests::connected(); ... }
#pragma once

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <span>
#include <string>
#include <utility>

#include "runtime/io/address.h"
#include "runtime/io/io-access.h"
#include "runtime/io/tcp-listener.h"
#include "runtime/io/tcp-stream.h"
#include "runtime/process.h"
#include "runtime/sched/scheduler.h"
#include "runtime/scope.h"
#include "runtime/sim/sweep.h"

namespace [[gnu::visibility("hidden")]] troop {
namespace tests {

// Closed, it tells the other side that it is broken.
inline void resetOnClose(ByteStream& stream) {
  constexpr linger nothing{.l_onoff = 1, .l_linger = 0};
  IoAccess::of(stream).use([&](Reactor&, int descriptor) {
    return setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &nothing, sizeof(nothing));
  });
}

// In no folder; another one in each call, as tests run beside each other.
inline Address unusedName() {
  static std::atomic<int> names{0};
  return Address::ofPath(std::string(1, '\0') + "troop-test-" + std::to_string(getpid()) + "-" +
                         std::to_string(names++))
      .value();
}

// By a Task.
inline std::pair<TcpStream, TcpStream> connected() {
  TcpListener listener = TcpListener::open(Address::loopback()).value();
  TcpStream here = TcpStream::connect(listener.address()).value();
  return {std::move(here), listener.accept().value()};
}

// What comes until the other side sends no more.
template <typename Stream>
std::string readAll(Stream& stream) {
  std::string all;
  std::array<std::byte, 4096> buffer;
  while (const std::size_t got = stream.read(buffer).value()) {
    all.append(reinterpret_cast<const char*>(buffer.data()), got);
  }
  return all;
}

// Exactly so much.
inline std::string read(ByteStream& stream, std::size_t bytes) {
  std::string text(bytes, '?');
  std::span<std::byte> rest = std::as_writable_bytes(std::span(text));
  while (!rest.empty()) {
    const std::size_t got = stream.read(rest).value();
    if (got == 0) return "the other side has ended";
    rest = rest.subspan(got);
  }
  return text;
}

// Of a file that is not there, for the calling Task: also of a simulated disk.
inline std::string unusedPathHere() {
  static std::atomic<int> names{0};
  const bool isSimulated = Process::current()->root().scheduler().draws();
  return (isSimulated ? "/tmp/" : testing::TempDir() + "/") + "troop-here-" +
         std::to_string(getpid()) + "-" + std::to_string(names++);
}

}  // namespace tests
}  // namespace troop

// The body is a Task of the Process's root troop, by each way to what is outside; the second one
// simulated as well.
#define TROOP_IO_TEST(suite, name)                                 \
  static void suite##_##name();                                    \
  TROOP_TEST_ON_CARRIERS(suite, name, suite##_##name)              \
  TROOP_TEST_ON_CARRIERS(suite, name##ByPolling, suite##_##name,   \
                         .io = troop::ProcessOptions::Io::polling) \
  static void suite##_##name()
#define TROOP_IO_TEST_EVERYWHERE(suite, name)                        \
  static void suite##_##name();                                      \
  TEST(suite, name##Simulated) {                                     \
    troop::sim::runIn(troop::sim::World::simulated, suite##_##name); \
  }                                                                  \
  TROOP_IO_TEST(suite, name)
