#include "runtime/io/async.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

#include "runtime/async/wait.h"
#include "runtime/io/testing/connected.h"
#include "runtime/task.h"

namespace troop {
namespace {

Async<void> echo(TcpListener& listener) {
  TcpStream stream = (co_await async::accept(listener)).value();
  std::array<std::byte, 64> buffer;
  while (const std::size_t got = (co_await async::read(stream, buffer)).value()) {
    (co_await async::write(stream, std::span(buffer).first(got))).value();
  }
}

Async<std::string> ask(Address at, std::string question) {
  TcpStream stream = (co_await async::connect(at)).value();
  (co_await async::write(stream, std::as_bytes(std::span(question)))).value();
  stream.finishWriting().value();
  std::string answer;
  std::array<std::byte, 64> buffer;
  while (const std::size_t got = (co_await async::read(stream, buffer)).value()) {
    answer.append(reinterpret_cast<const char*>(buffer.data()), got);
  }
  co_return answer;
}

TROOP_IO_TEST(AsyncIo, asksAndAnswersInCoroutines) {
  TcpListener listener = TcpListener::open(Address::loopback()).value();
  Scope scope;
  scope.async(echo(listener));
  const std::string question(1 << 20, 'q');
  EXPECT_TRUE(await(ask(listener.address(), question)) == question);
}

TROOP_IO_TEST(AsyncIo, failsAsThePlainCallsDo) {
  TcpListener listener = TcpListener::open(Address::loopback()).value();
  EXPECT_EQ(await(async::accept(listener, after(1ms))).error().detail(), ErrorDetail::deadline);
  TcpStream here = TcpStream::connect(listener.address()).value();
  TcpStream there = listener.accept().value();
  std::array<std::byte, 64> buffer;
  EXPECT_EQ(await(async::read(here, buffer, after(1ms))).error().detail(), ErrorDetail::deadline);
  EXPECT_EQ(await(async::read(here, {})).error().kind(), ErrorKind::failed);
  listener.close();
  EXPECT_EQ(await(async::accept(listener)).error().kind(), ErrorKind::disconnected);
  EXPECT_EQ(await(async::connect(listener.address())).error().kind(), ErrorKind::disconnected);
  here.close();
  EXPECT_EQ(await(async::read(here, buffer)).error().kind(), ErrorKind::disconnected);
  EXPECT_EQ(await(async::write(here, buffer)).error().kind(), ErrorKind::disconnected);
}

TROOP_IO_TEST(AsyncIo, stopsWaitingWhenItIsCancelledOrClosed) {
  auto [here, there] = tests::connected();
  bool closed = false;
  {
    Scope scope;
    scope.async([](TcpStream& stream, bool& told) -> Async<void> {
      std::array<std::byte, 64> buffer;
      told = (co_await async::read(stream, buffer)).failed();
    }(here, closed));
    yield();
    here.close();
  }
  EXPECT_TRUE(closed);
  Scope scope;
  scope.async([](TcpStream& stream) -> Async<void> {
    std::array<std::byte, 64> buffer;
    while ((co_await async::read(stream, buffer)).value() > 0) {
    }
    co_await async::sleep(1h);
  }(there));
  yield();
  scope.cancel();
}

// Whose socket always has room, or something to read, until somebody else of its Thread says stop.
TROOP_IO_TEST(AsyncIo, givesWayThoughItNeverHasToWait) {
  TcpListener listener = TcpListener::open(Address::loopback()).value();
  TcpStream there = TcpStream::connect(listener.address()).value();
  TcpStream here = listener.accept().value();
  bool stop = false;
  Scope scope;
  scope.async([&]() -> Async<void> {
    std::array<std::byte, 1> byte{};
    while (!stop) {
      (co_await async::write(there, byte)).value();
      (co_await async::read(here, byte)).value();
    }
  });
  scope.async([&]() -> Async<void> {
    for (int turns = 0; turns < 3; ++turns) co_await async::yield();
    stop = true;
  });
  scope.join();
}

}  // namespace
}  // namespace troop
