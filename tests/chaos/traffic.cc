#include "tests/chaos/traffic.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "runtime/error.h"
#include "runtime/io/byte-stream.h"
#include "runtime/io/directory.h"
#include "runtime/io/file.h"
#include "runtime/io/pipe.h"
#include "runtime/io/tcp-listener.h"
#include "runtime/io/tcp-stream.h"
#include "runtime/io/udp-socket.h"
#include "runtime/io/unix-stream.h"
#include "runtime/scope.h"
#include "runtime/task.h"

namespace troop::chaos {
namespace {

// More than the system's buffers have room for, now and then.
std::size_t someBytes(Chance& chance) {
  return 1 + chance.upTo(chance.oneIn(10) ? 400'000 : 3'000);
}

// Closed before the Scope around is joined, whatever happens, so that who waits there ends.
template <typename Open>
class Closes {
 public:
  explicit Closes(Open& open) : open_(open) {}
  ~Closes() { open_.close(); }
  Closes(const Closes&) = delete;
  Closes& operator=(const Closes&) = delete;

 private:
  Open& open_;
};

// What a stranger writes has a meaning: the n-th byte is n.
std::byte byteAt(std::uint64_t n) {
  return static_cast<std::byte>(n % 251);
}

std::vector<std::byte> bytesFrom(std::uint64_t begin, std::size_t count) {
  std::vector<std::byte> bytes(count);
  for (std::size_t i = 0; i < count; ++i) bytes[i] = byteAt(begin + i);
  return bytes;
}

class Traffic {
 public:
  Traffic(World& world, Chance& chance) : world_(world), chance_(chance) {}

  void act() {
    switch (chance_.upTo(8)) {
      case 0:
        return echo();
      case 1:
        return missDeadlines();
      case 2:
        return pump();
      case 3:
        return closeUnderOthers();
      case 4:
        return sendDatagrams();
      case 5:
        return cancelEverything();
      case 6:
        return sendFile();
      default:
        return keepInFiles();
    }
  }

 private:
  void expectBytes(std::span<const std::byte> bytes, std::uint64_t begin, const char* otherwise) {
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      if (bytes[i] != byteAt(begin + i)) return world_.wrong(otherwise);
    }
  }

  // What comes until the other side ends is what was sent.
  template <typename Reader>
  std::uint64_t readToEnd(Reader& reader) {
    std::array<std::byte, 2'000> room;
    std::uint64_t count = 0;
    for (;;) {
      const std::size_t got = world_.waiting([&] { return reader.read(room).value(); });
      if (got == 0) return count;
      expectBytes(std::span(room).first(got), count, "a stream gave what was not sent");
      count += got;
    }
  }

  // A server sends back what a client sends, until that has ended.
  void echo() {
    TcpListener listener = TcpListener::open(Address::loopback()).value();
    const Address there = listener.address();
    const std::size_t count = someBytes(chance_);
    bool served = false;
    Scope scope;
    const Closes<TcpListener> closes(listener);
    scope.task([&] {
      serve(listener);
      served = true;
    });
    TcpStream stream = world_.waiting([&] { return TcpStream::connect(there).value(); });
    Scope sending;
    const Closes<TcpStream> ends(stream);
    sending.task([&] {
      world_.waiting([&] { return stream.write(bytesFrom(0, count)).value(); });
      stream.finishWriting().value();
    });
    if (chance_.oneIn(8)) scope.cancel();
    if (chance_.oneIn(8)) return;  // in the midst of it
    const std::uint64_t got = readToEnd(stream);
    if (served && got != count) return world_.wrong("an echo lost bytes");
    if (served) world_.saw(Sight::echoed);
  }

  void serve(TcpListener& listener) {
    // Or who has connected would wait where it was not accepted.
    const Closes<TcpListener> closes(listener);
    TcpStream stream = world_.waiting([&] { return listener.accept().value(); });
    std::array<std::byte, 1'000> room;
    while (const std::size_t got = world_.waiting([&] { return stream.read(room).value(); })) {
      world_.waiting([&] { return stream.write(std::span(room).first(got)).value(); });
    }
  }

  void missDeadlines() {
    auto [here, there] = UnixStream::pair().value();
    TcpListener listener = TcpListener::open(Address::loopback()).value();
    std::array<std::byte, 10> room;
    const auto expectLate = [&](auto result) {
      if (result.succeeded()) world_.wrong("something came that nobody sent");
    };
    expectLate(world_.waiting([&] { return here.read(room, after(chance_.shortly())); }));
    expectLate(world_.waiting([&] { return listener.accept(after(chance_.shortly())); }));
    // Nobody reads: it stops where the buffers are full.
    const std::vector<std::byte> many(std::size_t{2} << 20);
    expectLate(world_.waiting([&] { return there.write(many, after(chance_.shortly())); }));
  }

  // One writes into a pipe, another one reads it.
  void pump() {
    Pipe pipe = openPipe().value();
    const std::size_t count = someBytes(chance_);
    std::uint64_t got = 0;
    {
      Scope scope;
      const Closes<PipeReader> closes(pipe.reader);
      scope.task([&, writer = std::move(pipe.writer)]() mutable {
        // Who reads may have gone.
        (void)world_.waiting([&] { return writer.write(bytesFrom(0, count)); });
      });
      if (chance_.oneIn(6)) return;
      got = readToEnd(pipe.reader);
    }
    if (got != count) world_.wrong("a pipe lost bytes");
  }

  // Many wait for one stream, which somebody closes.
  void closeUnderOthers() {
    auto [here, there] = UnixStream::pair().value();
    Scope scope;
    const Closes<UnixStream> closes(here);
    for (unsigned left = 1 + chance_.upTo(3); left > 0; --left) {
      scope.task([&] {
        std::array<std::byte, 10> room;
        const auto got = world_.waiting([&] { return here.read(room); });
        if (got.succeeded() && got.value() != 0) world_.wrong("something came that nobody sent");
      });
    }
    world_.waiting([&] { sleep(chance_.shortly()); });
    if (chance_.oneIn(2)) there.close();
  }

  // Some get lost; what comes is one of those that were sent.
  void sendDatagrams() {
    UdpSocket one = UdpSocket::open(Address::loopback()).value();
    UdpSocket other = UdpSocket::open(Address::loopback()).value();
    std::array<std::byte, 100> room;
    for (unsigned left = chance_.upTo(5); left > 0; --left) {
      world_.waiting(
          [&] { return one.send(bytesFrom(left, 1 + chance_.upTo(99)), other.address()).value(); });
      const auto got =
          world_.waiting([&] { return other.receive(room, after(chance_.shortly())); });
      if (got.failed()) continue;
      const auto begin = std::to_integer<std::uint64_t>(room[0]);
      expectBytes(std::span(room).first(got->bytes), begin, "a datagram is not what was sent");
    }
  }

  // Waits of every kind, all of which end because nobody wants them any more.
  void cancelEverything() {
    auto [here, there] = UnixStream::pair().value();
    TcpListener listener = TcpListener::open(Address::loopback()).value();
    Pipe pipe = openPipe().value();
    File file = File::open(path(), FileAccess::writing).value();
    Scope scope;
    const auto start = [&](auto wait) {
      scope.task([this, wait] {
        for (;;) world_.waiting(wait);
      });
    };
    start([&] {
      std::array<std::byte, 10> room;
      return here.read(room).value();
    });
    start([&] { return listener.accept().value(); });
    start([&] {
      std::array<std::byte, 10> room;
      return pipe.reader.read(room).value();
    });
    start([&] {
      const std::uint64_t begin = chance_.upTo(10'000);
      file.writeAt(begin, bytesFrom(begin, 4)).value();
      return file.sync().value();
    });
    start([&] {
      std::array<std::byte, 2'000> room;
      return file.readAt(chance_.upTo(10'000), room).value();
    });
    for (unsigned left = chance_.upTo(5); left > 0; --left) world_.waiting([] { yield(); });
    scope.cancel();
  }

  // Others do the same with the same names; what a file holds at a place is always the same.
  void keepInFiles() {
    File file = File::open(path(), FileAccess::writing).value();
    const std::uint64_t begin = chance_.upTo(10'000);
    const std::size_t count = someBytes(chance_);
    world_.waiting([&] { return file.writeAt(begin, bytesFrom(begin, count)).value(); });
    if (chance_.oneIn(3)) {
      (void)world_.waiting([&] { return file.sync(after(chance_.shortly())); });
    }
    std::array<std::byte, 500> room;
    const auto got =
        world_.waiting([&] { return file.readAt(begin, room, after(chance_.shortly())); });
    if (got.succeeded()) {
      expectBytes(std::span(room).first(std::min(got.value(), count)), begin,
                  "a file gave what was not written");
      world_.saw(Sight::keptInFile);
    }
    changeNames();
  }

  // What arrives is what is there, as far as that was written.
  void sendFile() {
    File file = File::open(path(), FileAccess::writing).value();
    const std::size_t count = someBytes(chance_);
    world_.waiting([&] { return file.writeAt(0, bytesFrom(0, count)).value(); });
    auto [here, there] = UnixStream::pair().value();
    std::uint64_t got = 0;
    {
      Scope scope;
      const Closes<UnixStream> closes(here);
      scope.task([&] {
        const Closes<UnixStream> ends(there);
        // Who reads may have gone.
        (void)world_.waiting([&] { return file.sendTo(there, 0, count); });
      });
      if (chance_.oneIn(6)) return;
      if (chance_.oneIn(8)) scope.cancel();
      got = readToEnd(here);
      if (scope.cancelled()) return;
    }
    if (got != count) return world_.wrong("a file was not sent as a whole");
    world_.saw(Sight::sentFile);
  }

  // Somebody else may have done it.
  void changeNames() {
    Directory directory = Directory::open(world_.folder()).value();
    if (chance_.oneIn(2)) (void)world_.waiting([&] { return directory.rename("0", "1"); });
    if (chance_.oneIn(3)) (void)world_.waiting([&] { return directory.remove("2"); });
    if (chance_.oneIn(4)) (void)world_.waiting([&] { return directory.names().value(); });
    if (chance_.oneIn(4)) {
      (void)world_.waiting([&] { return directory.sync(after(chance_.shortly())); });
    }
  }

  std::string path() { return fmt::format("{}/{}", world_.folder(), chance_.upTo(3)); }

  World& world_;
  Chance& chance_;
};

}  // namespace

void doTraffic(World& world, Chance& chance) {
  Traffic(world, chance).act();
}

}  // namespace troop::chaos
