// Mistakes about what a network does.
#include <array>
#include <cstddef>
#include <cstdint>
#include <set>
#include <span>
#include <utility>

#include "runtime/io/tcp-listener.h"
#include "runtime/io/tcp-stream.h"
#include "runtime/scope.h"
#include "tests/sim/planted.h"

namespace troop::tests {
namespace {

// False where the connection ended before all of it came.
bool readAll(TcpStream& stream, std::span<std::byte> into) {
  while (!into.empty()) {
    const Expected<std::size_t> got = stream.read(into);
    if (got.failed() || got.value() == 0) return false;
    into = into.subspan(got.value());
  }
  return true;
}

// What one write sends is taken to be what one read gets.
namespace tornMessage {

template <bool readsAll>
void receive(TcpListener listener) {
  TcpStream stream = listener.accept().value();
  std::uint32_t number = 0;
  const std::span<std::byte> bytes = std::as_writable_bytes(std::span(&number, 1));
  if (readsAll) {
    expect(readAll(stream, bytes), "the number comes");
  } else {
    stream.read(bytes).value();
  }
  expect(number == 0x01020304, "a number is received as it was sent");
}

template <bool readsAll>
void program() {
  TcpListener listener = TcpListener::open(Address::loopback()).value();
  const Address there = listener.address();
  Scope scope;
  scope.thread({"receiver"}, receive<readsAll>, std::move(listener));
  TcpStream stream = TcpStream::connect(there).value();
  const std::uint32_t number = 0x01020304;
  stream.write(std::as_bytes(std::span(&number, 1))).value();
}

}  // namespace tornMessage

// Who hears nothing of an order sends it again, and it is done twice.
namespace paidTwice {

constexpr std::uint32_t noMoreOrders = 0;

// Pays what it is asked to until it is told that no more comes.
template <bool remembers>
void bank(TcpListener listener) {
  std::set<std::uint32_t> done;
  int paid = 0;
  for (;;) {
    TcpStream stream = listener.accept().value();
    std::uint32_t order = 0;
    if (!readAll(stream, std::as_writable_bytes(std::span(&order, 1)))) continue;
    if (order == noMoreOrders) break;
    if (!remembers || done.insert(order).second) ++paid;
    (void)stream.write("paid");
  }
  expect(paid == 1, "an order is paid once");
}

bool tell(TcpStream& stream, std::uint32_t order) {
  return stream.write(std::as_bytes(std::span(&order, 1))).succeeded();
}

// Whether it was answered.
bool send(const Address& bank, std::uint32_t order) {
  TcpStream stream = TcpStream::connect(bank).value();
  std::array<std::byte, 4> answer;
  return tell(stream, order) && readAll(stream, answer);
}

template <bool remembers>
void program() {
  TcpListener listener = TcpListener::open(Address::loopback()).value();
  const Address there = listener.address();
  Scope scope;
  scope.thread({"bank"}, bank<remembers>, std::move(listener));
  while (!send(there, 1)) {
  }
  for (;;) {
    TcpStream stream = TcpStream::connect(there).value();
    if (tell(stream, noMoreOrders)) return;
  }
}

}  // namespace paidTwice
}  // namespace

std::vector<Planted> plantedMessages() {
  return {
      {.name = "torn-message",
       .mistake = "takes what one read gets to be what one write sent",
       .broken = tornMessage::program<false>,
       .clean = tornMessage::program<true>,
       .runsMax = {200, 300, 2000}},
      {.name = "paid-twice",
       .mistake = "does an order again whose answer was lost",
       .broken = paidTwice::program<false>,
       .clean = paidTwice::program<true>,
       .runsMax = {200, 200, 200},
       .network = {.resetOneIn = 8}},
  };
}

}  // namespace troop::tests
