#include "runtime/io/async.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <filesystem>
#include <string>
#include <vector>

#include "runtime/async/wait.h"
#include "runtime/io/testing/connected.h"
#include "runtime/reactor/open-file.h"
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

TROOP_IO_TEST(AsyncIo, sendsAFile) {
  const std::string path = tests::unusedPathHere();
  const std::string text(1'234'567, 't');
  File file = await(async::open(path, FileAccess::making)).value();
  await(async::writeAt(file, 0, std::as_bytes(std::span(text)))).value();
  await(async::syncContents(file)).value();
  auto [here, there] = tests::connected();
  std::string received;
  {
    Scope scope;
    scope.task([&] { received = tests::readAll(there); });
    EXPECT_EQ(await(async::sendTo(file, here, 7)).value(), text.size() - 7);
    here.finishWriting().value();
  }
  EXPECT_TRUE(received == text.substr(7));
  there.close();
  file.close();
  EXPECT_EQ(await(async::sendTo(file, here)).error().kind(), ErrorKind::disconnected);
  EXPECT_EQ(await(async::sendTo(file, here, ~std::uint64_t{0})).error().kind(), ErrorKind::failed);
  std::filesystem::remove(path);
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

Async<std::string> throughAFile(std::string path) {
  File file = (co_await async::open(path, FileAccess::replacing)).value();
  const std::string sent((std::size_t{1} << 20) + 5'000, 'x');
  (co_await async::writeAt(file, 3, std::as_bytes(std::span(sent)))).value();
  (co_await async::sync(file)).value();
  (co_await async::resize(file, 1'000'000)).value();
  std::string got(2'000'000, '?');
  got.resize((co_await async::readAt(file, 0, std::as_writable_bytes(std::span(got)))).value());
  co_return got;
}

TROOP_IO_TEST(AsyncIo, readsAndWritesFiles) {
  const std::string path = tests::unusedPath();
  EXPECT_TRUE(await(throughAFile(path)) == std::string(3, '\0') + std::string(999'997, 'x'));
  EXPECT_NE(await(async::open(path + ".none")).error().reason().find("ENOENT"), std::string::npos);
  File file = File::open(path).value();
  std::array<std::byte, 4> room;
  EXPECT_EQ(await(async::readAt(file, 0, {})).error().kind(), ErrorKind::failed);
  EXPECT_TRUE(await(async::readAt(file, ~std::uint64_t{0}, room)).failed());
  EXPECT_TRUE(await(async::writeAt(file, 0, room)).failed()) << "it is for reading only";
  EXPECT_TRUE(await(async::resize(file, ~std::uint64_t{0})).failed());
  file.close();
  EXPECT_EQ(await(async::readAt(file, 0, room)).error().kind(), ErrorKind::disconnected);
  EXPECT_EQ(await(async::sync(file)).error().kind(), ErrorKind::disconnected);
  std::filesystem::remove(path);
}

// What the system goes on with writes to nothing that belongs to who has given up.
TROOP_IO_TEST(AsyncIo, leavesFilesWhenItIsCancelled) {
  const std::string path = tests::unusedPath();
  File file = File::open(path, FileAccess::replacing).value();
  for (int round = 0; round < 20; ++round) {
    Scope scope;
    scope.async([](File& shared) -> Async<void> {
      std::vector<std::byte> room(10'000);
      for (;;) {
        (co_await async::writeAt(shared, 0, room)).value();
        (co_await async::sync(shared)).value();
        (void)co_await async::readAt(shared, 0, room);
      }
    }(file));
    yield();
    scope.cancel();
  }
  file.writeAt(0, "whole").value();
  std::filesystem::remove(path);
}

TROOP_IO_TEST(AsyncIo, waitsForChildrenAndReadsWhatTheySay) {
  const auto talk = [](ChildProcess& child) -> Async<std::string> {
    const std::string sent = "to and fro";
    (co_await async::write(child.input(), std::as_bytes(std::span(sent)))).value();
    child.input().close();
    std::string heard;
    std::array<std::byte, 4> part;
    while (const std::size_t got = (co_await async::read(child.output(), part)).value()) {
      heard.append(reinterpret_cast<const char*>(part.data()), got);
    }
    const ChildEnd end = (co_await async::wait(child)).value();
    co_return heard + ", " + std::to_string(end.status);
  };
  ChildProcess child = ChildProcess::start("sh", {.arguments = {"-c", "cat; exit 4"},
                                                  .input = ChildProcess::piped,
                                                  .output = ChildProcess::piped})
                           .value();
  EXPECT_EQ(await(talk(child)), "to and fro, 4");
  ChildProcess other = ChildProcess::start("sleep", {.arguments = {"1000"}}).value();
  EXPECT_EQ(await(async::wait(other, after(1ms))).error().detail(), ErrorDetail::deadline);
  other.close();
  EXPECT_EQ(await(async::wait(other)).error().kind(), ErrorKind::disconnected);
}

TROOP_IO_TEST(AsyncIo, waitsForSignals) {
  Signals mine = Signals::subscribe({SIGUSR1}).value();
  EXPECT_EQ(await(async::next(mine, after(1ms))).error().detail(), ErrorDetail::deadline);
  ASSERT_EQ(::kill(getpid(), SIGUSR1), 0);
  EXPECT_EQ(await(async::next(mine)).value(), SIGUSR1);
  mine.close();
  EXPECT_EQ(await(async::next(mine)).error().kind(), ErrorKind::disconnected);
}

}  // namespace
}  // namespace troop
