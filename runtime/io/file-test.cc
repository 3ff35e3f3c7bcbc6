#include "runtime/io/file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include "runtime/io/testing/connected.h"
#include "runtime/process.h"
#include "runtime/reactor/open-file.h"
#include "runtime/sendable.h"
#include "runtime/task.h"
#include "runtime/testing/refused-calls.h"

namespace troop {
namespace {

// Gone with its end; a simulated disk is.
struct Path : std::string {
  Path() : std::string(tests::unusedPathHere()) {}
  ~Path() { std::filesystem::remove(std::filesystem::path(c_str())); }
  Path(const Path&) = delete;
  Path& operator=(const Path&) = delete;
};

std::string read(File& file, std::uint64_t offset, std::size_t bytes) {
  std::string text(bytes, '?');
  text.resize(file.readAt(offset, std::as_writable_bytes(std::span(text))).value());
  return text;
}

// By another handle, from the beginning.
std::string textIn(const std::string& path) {
  File file = File::open(path).value();
  return read(file, 0, file.bytes().value() + 1);
}

TROOP_IO_TEST_EVERYWHERE(File, readsWhatWasWritten) {
  const Path path;
  File file = File::open(path, FileAccess::writing).value();
  file.writeAt(0, "hello ").value();
  file.writeAt(6, "world").value();
  EXPECT_EQ(file.bytes().value(), 11U);
  EXPECT_EQ(read(file, 0, 11), "hello world");
  EXPECT_EQ(read(file, 6, 100), "world");
  EXPECT_EQ(read(file, 11, 100), "");
  file.writeAt(13, "!").value();
  EXPECT_EQ(read(file, 10, 100), std::string("d\0\0!", 4));
  file.sync().value();
  file.syncContents().value();
  file.resize(5).value();
  EXPECT_EQ(textIn(path), "hello");
  EXPECT_EQ(file.path(), path);
}

TROOP_IO_TEST_EVERYWHERE(File, readsAndWritesMoreThanIsAskedForAtATime) {
  const Path path;
  std::string sent((std::size_t{2} << 20) + 12'345, '\0');
  for (std::size_t i = 0; i < sent.size(); ++i) sent[i] = static_cast<char>(i % 251);
  File file = File::open(path, FileAccess::writing).value();
  file.writeAt(0, sent).value();
  EXPECT_TRUE(read(file, 0, sent.size() + 100) == sent);
  EXPECT_TRUE(read(file, 1'000'000, 1'100'000) == sent.substr(1'000'000, 1'100'000));
}

TROOP_IO_TEST_EVERYWHERE(File, isMadeEmptiedOrFoundAsItIsOpened) {
  const Path path;
  EXPECT_NE(File::open(path).error().reason().find("ENOENT"), std::string::npos);
  EXPECT_EQ(File::open(path).error().kind(), ErrorKind::failed);
  File::open(path, FileAccess::making)->writeAt(0, "old").value();
  EXPECT_NE(File::open(path, FileAccess::making).error().reason().find("EEXIST"),
            std::string::npos);
  File kept = File::open(path, FileAccess::writing).value();
  EXPECT_EQ(read(kept, 0, 10), "old");
  File readOnly = File::open(path).value();
  EXPECT_EQ(readOnly.writeAt(0, "x").error().kind(), ErrorKind::failed);
  File emptied = File::open(path, FileAccess::replacing).value();
  EXPECT_EQ(emptied.bytes().value(), 0U);
  EXPECT_EQ(File::open(std::string("a\0b", 3)).error().kind(), ErrorKind::failed);
}

TROOP_IO_TEST_EVERYWHERE(File, refusesPlacesThatNoFileHas) {
  const Path path;
  File file = File::open(path, FileAccess::writing).value();
  const std::uint64_t beyond = std::uint64_t{1} << 63;
  std::array<std::byte, 4> room;
  EXPECT_TRUE(file.readAt(beyond, room).failed());
  EXPECT_TRUE(file.readAt(~std::uint64_t{0}, room).failed());
  EXPECT_TRUE(file.writeAt(beyond, "x").failed());
  EXPECT_TRUE(file.resize(beyond).failed());
  EXPECT_EQ(file.readAt(0, {}).error().kind(), ErrorKind::failed);
}

TROOP_IO_TEST_EVERYWHERE(File, isOfNoUseWhenItIsClosed) {
  const Path path;
  File file = File::open(path, FileAccess::writing).value();
  file.close();
  std::array<std::byte, 4> room;
  EXPECT_EQ(file.readAt(0, room).error().kind(), ErrorKind::disconnected);
  EXPECT_EQ(file.writeAt(0, "x").error().kind(), ErrorKind::disconnected);
  EXPECT_EQ(file.sync().error().kind(), ErrorKind::disconnected);
  EXPECT_EQ(file.syncContents().error().kind(), ErrorKind::disconnected);
  EXPECT_EQ(file.resize(1).error().kind(), ErrorKind::disconnected);
  EXPECT_EQ(file.bytes().error().kind(), ErrorKind::disconnected);
}

// More than a socket has room for at once, read at the other end meanwhile.
std::string sentBy(File& file, std::uint64_t offset, std::uint64_t bytes) {
  auto [here, there] = tests::connected();
  std::string received;
  Scope scope;
  scope.task([&] { received = tests::readAll(there); });
  const std::uint64_t sent = file.sendTo(here, offset, bytes).value();
  here.finishWriting().value();
  scope.join();
  EXPECT_EQ(sent, received.size());
  return received;
}

// Of which no part is like another.
std::string manyBytes(std::size_t count) {
  std::string text(count, '\0');
  for (std::size_t i = 0; i < count; ++i) text[i] = static_cast<char>(i * i / 251);
  return text;
}

// None of it in memory.
void forget(const std::string& path) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  fsync(descriptor);
  posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED);
  close(descriptor);
}

TROOP_IO_TEST_EVERYWHERE(File, isSentToAStream) {
  const Path path;
  const std::string text = manyBytes((std::size_t{1} << 20) + 12'345);
  File file = File::open(path, FileAccess::writing).value();
  file.writeAt(0, text).value();
  EXPECT_TRUE(sentBy(file, 0, File::offsetMax) == text);
  EXPECT_TRUE(sentBy(file, 100'000, 300'001) == text.substr(100'000, 300'001));
  EXPECT_EQ(sentBy(file, text.size() - 3, 100), text.substr(text.size() - 3));
  EXPECT_EQ(sentBy(file, text.size(), 100), "");
  EXPECT_EQ(sentBy(file, 5, 0), "");
}

TROOP_IO_TEST(File, isSentFromTheDisk) {
  const Path path;
  const std::string text = manyBytes(std::size_t{3} << 20);
  File file = File::open(path, FileAccess::writing).value();
  file.writeAt(0, text).value();
  forget(path);
  EXPECT_TRUE(sentBy(file, 1000, File::offsetMax) == text.substr(1000));
}

TROOP_IO_TEST_EVERYWHERE(File, isNotSentWhereOneOfTheTwoIsOfNoUse) {
  const Path path;
  File file = File::open(path, FileAccess::writing).value();
  file.writeAt(0, "text").value();
  auto [here, there] = tests::connected();
  EXPECT_EQ(file.sendTo(here, ~std::uint64_t{0}).error().kind(), ErrorKind::failed);
  EXPECT_EQ(file.sendTo(here, std::uint64_t{1} << 60).value(), 0U);
  File directory = File::open("/tmp").value();
  EXPECT_NE(directory.sendTo(here).error().reason().find("EISDIR"), std::string::npos);
  here.close();
  EXPECT_EQ(file.sendTo(here).error().kind(), ErrorKind::disconnected);
  file.close();
  EXPECT_EQ(file.sendTo(there).error().kind(), ErrorKind::disconnected);
}

// To who never reads.
TROOP_IO_TEST_EVERYWHERE(File, isSentNoLongerThanUntilTheDeadline) {
  const Path path;
  File file = File::open(path, FileAccess::writing).value();
  file.resize(std::uint64_t{16} << 20).value();
  auto [here, there] = tests::connected();
  const Expected<std::uint64_t> sent = file.sendTo(here, 0, File::offsetMax, after(20ms));
  EXPECT_EQ(sent.error().detail(), ErrorDetail::deadline);
}

TEST(File, isSentByOsThreadsOfTheHostWithoutASignal) {
  const std::string path = tests::unusedPath();
  Process process({.carriers = 1});
  File file = File::open(process, path, FileAccess::replacing).value();
  std::optional<TcpStream> here;
  std::optional<TcpStream> there;
  process.run([&] { std::tie(here, there) = tests::connected(); });
  std::thread([&] {
    file.writeAt(0, manyBytes(File::sentAtOnceMax)).value();
    // The other side says that it is gone once it has got something, in the middle of a call.
    there->close();
    Expected<std::uint64_t> sent = file.sendTo(*here);
    for (int tries = 0; sent.succeeded() && tries < 100; ++tries) sent = file.sendTo(*here);
    EXPECT_EQ(sent.error().kind(), ErrorKind::disconnected);
  }).join();
  std::filesystem::remove(path);
}

TROOP_IO_TEST_EVERYWHERE(File, isReadAndWrittenByManyThreadsAtOnce) {
  const Path path;
  File file = File::open(path, FileAccess::writing).value();
  constexpr int threads = 16;
  constexpr std::size_t part = 5'000;
  {
    Scope scope;
    for (int i = 0; i < threads; ++i) {
      scope.thread(
          [](File* shared, int number) {
            const std::string text(part, static_cast<char>('a' + number));
            shared->writeAt(number * part, text).value();
            shared->sync().value();
            EXPECT_EQ(read(*shared, number * part, part), text);
          },
          assumeSendable(&file), i);
    }
  }
  EXPECT_EQ(file.bytes().value(), threads * part);
}

TROOP_IO_TEST_EVERYWHERE(File, crossesThreads) {
  const Path path;
  File file = File::open(path, FileAccess::writing).value();
  Scope scope;
  scope.thread([](File mine) { mine.writeAt(0, "moved").value(); }, std::move(file));
  scope.join();
  EXPECT_EQ(textIn(path), "moved");
}

// What the system goes on with writes to nothing that belongs to who has given up.
TROOP_IO_TEST_EVERYWHERE(File, isLeftAloneByTasksThatAreCancelled) {
  const Path path;
  File file = File::open(path, FileAccess::writing).value();
  for (int round = 0; round < 20; ++round) {
    Scope scope;
    scope.task([&] {
      std::vector<std::byte> room(10'000);
      for (;;) {
        // The last one may go on for a while.
        file.writeAt(100, room).value();
        file.sync().value();
        (void)file.readAt(100, room).value();
      }
    });
    yield();
    scope.cancel();
  }
  // Somewhere else: what was begun and not awaited may still come.
  file.writeAt(20'000, "whole").value();
  EXPECT_EQ(read(file, 20'000, 5), "whole");
}

TROOP_IO_TEST_EVERYWHERE(File, isClosedWhenItsTroopIsKilled) {
  const Path path;
  Event writes;
  const Ref<Troop> guest = Process::current()->troop({.name = "guest"});
  const Ref<Thread> writer = guest->thread(
      {"writer"},
      [](const std::string* at, Event* begun) {
        File file = File::open(*at, FileAccess::writing).value();
        for (;;) {
          file.writeAt(0, "again").value();
          file.sync().value();
          begun->set();
        }
      },
      assumeSendable<const std::string*>(&path), assumeSendable(&writes));
  writes.wait();
  EXPECT_EQ(guest->handles(), 1U);
  guest->kill(Error(ErrorKind::disconnected, "no longer needed", ErrorDetail::killed));
  EXPECT_TRUE(writer->join().failed());
  // Who does what it asked for last has it open until that is done.
  while (guest->handles() > 0) sleep(1ms);
  EXPECT_EQ(textIn(path), "again");
}

TROOP_IO_TEST_EVERYWHERE(File, givesUpAtItsDeadlineAndGoesOnAfterwards) {
  const Path path;
  File file = File::open(path, FileAccess::writing).value();
  for (int round = 0; round < 20; ++round) {
    // The system may be faster.
    const Expected<void> synced = file.sync(now());
    EXPECT_TRUE(synced.succeeded() || synced.error().detail() == ErrorDetail::deadline);
  }
  file.writeAt(0, "whole").value();
  file.sync().value();
  EXPECT_EQ(read(file, 0, 5), "whole");
}

// Nobody writes there, so that opening it would last.
TROOP_IO_TEST(File, isNotWaitedForWhereItIsAPipe) {
  const Path path;
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  File file = File::open(path).value();
  std::array<std::byte, 4> room;
  EXPECT_NE(file.readAt(0, room).error().reason().find("ESPIPE"), std::string::npos);
}

TEST(File, isUsedByOsThreadsOfTheHost) {
  const std::string path = tests::unusedPath();
  Process process({.carriers = 1});
  File file = File::open(process, path, FileAccess::replacing).value();
  std::thread([&] {
    file.writeAt(0, "from outside").value();
    file.sync().value();
    file.resize(4).value();
  }).join();
  EXPECT_EQ(read(file, 0, 100), "from");
  std::filesystem::remove(path);
}

TEST(File, isUsedOnWhereTheHostLocksItselfUp) {
  const std::string path = tests::unusedPath();
  Process process({.carriers = 1, .sparesMax = 0});
  process.run([&] {
    File file = File::open(path, FileAccess::replacing).value();
    file.writeAt(0, "before").value();
    tests::refuseCall(SYS_io_uring_enter, EPERM);
    file.writeAt(6, " and after").value();
    file.sync().value();
    EXPECT_EQ(textIn(path), "before and after");
  });
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace troop
