// A server that sends back what it reads, a Thread a connection; whoever drives it ends it.
#include <array>
#include <cstddef>
#include <span>

#include "runtime/io/tcp-listener.h"
#include "runtime/io/tcp-stream.h"
#include "runtime/scope.h"
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

}  // namespace

void runEcho() {
  inTroop(everyCpu, [] {
    const auto port = static_cast<std::uint16_t>(size("ECHO_PORT", 7777));
    TcpListener listener = TcpListener::open(Address::loopback(port)).value();
    Scope scope;
    for (;;) scope.thread(sendBack, listener.accept().value());
  });
}

}  // namespace troop::peers
