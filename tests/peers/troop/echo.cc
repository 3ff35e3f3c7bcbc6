// A server that sends back what it reads, a Thread a connection, in an OS process of its own.
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>

#include "runtime/io/tcp-listener.h"
#include "runtime/io/tcp-stream.h"
#include "runtime/scope.h"
#include "tests/peers/troop/echo-load.h"
#include "tests/peers/troop/in-troop.h"
#include "tests/peers/troop/measurement.h"
#include "tests/peers/troop/workloads.h"

namespace troop::peers {

namespace {

void sendBack(TcpStream stream) {
  std::array<std::byte, 4096> buffer;
  for (;;) {
    Expected<std::size_t> got = stream.read(buffer);
    if (got.failed() || *got == 0) return;
    if (stream.write(std::span(buffer).first(*got)).failed()) return;
  }
}

void drive(const char* metricsEnd, const char* server) {
  std::string program = "/proc/self/exe";
  std::string workload = server;
  const std::array<char*, 3> command{program.data(), workload.data(), nullptr};
  loadEcho("troop", metricsEnd, command.data());
}

}  // namespace

void runEcho() {
  drive("", "echo-server");
}

void runEchoRaw() {
  drive("_raw_epoll", "echo-raw-server");
}

void runEchoServer() {
  inTroop(everyCpu, [] {
    const auto port = static_cast<std::uint16_t>(size("ECHO_PORT", 7777));
    TcpListener listener = TcpListener::open(Address::loopback(port)).value();
    Scope scope;
    for (;;) scope.thread(sendBack, listener.accept().value());
  });
}

}  // namespace troop::peers
