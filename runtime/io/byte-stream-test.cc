#include "runtime/io/byte-stream.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <string>
#include <thread>
#include <vector>

#include "runtime/io/testing/connected.h"
#include "runtime/process.h"
#include "runtime/sendable.h"
#include "runtime/task.h"

namespace troop {
namespace {

using Buffer = std::array<std::byte, 64>;

TROOP_IO_TEST(ByteStream, readsWhatWasWrittenAndThenItsEnd) {
  auto [here, there] = tests::connected();
  here.write("hello ").value();
  here.write("world").value();
  EXPECT_EQ(tests::read(there, 11), "hello world");
  here.finishWriting().value();
  EXPECT_EQ(tests::readAll(there), "");
  // The other way it goes on.
  there.write("answer").value();
  there.close();
  EXPECT_EQ(tests::readAll(here), "answer");
}

TROOP_IO_TEST(ByteStream, waitsForRoomAndForBytes) {
  auto [here, there] = tests::connected();
  std::string sent(8 << 20, '\0');
  for (std::size_t i = 0; i < sent.size(); ++i) sent[i] = static_cast<char>(i % 251);
  Scope scope;
  scope.task([&] {
    here.write(sent).value();
    here.close();
  });
  EXPECT_TRUE(tests::readAll(there) == sent);
}

TROOP_IO_TEST(ByteStream, isReadAndWrittenByTwoTasksAtOnce) {
  auto [here, there] = tests::connected();
  Scope scope;
  scope.task([&] {
    Buffer buffer;
    while (const std::size_t got = there.read(buffer).value()) {
      there.write(std::span(buffer).first(got)).value();
    }
    there.finishWriting().value();
  });
  scope.task([&] {
    for (int i = 0; i < 100; ++i) here.write("0123456789").value();
    here.finishWriting().value();
  });
  EXPECT_EQ(tests::readAll(here).size(), 1000U);
}

TROOP_IO_TEST(ByteStream, crossesThreads) {
  auto [here, there] = tests::connected();
  Scope scope;
  scope.thread(
      [](TcpStream stream) {
        const std::string question = tests::read(stream, 4);
        stream.write(question + "!").value();
      },
      std::move(there));
  here.write("ping").value();
  EXPECT_EQ(tests::readAll(here), "ping!");
}

TROOP_IO_TEST(ByteStream, failsWithDisconnectedWhenTheOtherSideHasReset) {
  auto [here, there] = tests::connected();
  tests::resetOnClose(there);
  there.close();
  Buffer buffer;
  Expected<std::size_t> got = here.read(buffer);
  ASSERT_TRUE(got.failed());
  EXPECT_EQ(got.error().kind(), ErrorKind::disconnected);
  EXPECT_NE(got.error().reason().find("ECONNRESET"), std::string::npos) << got.error().reason();
  EXPECT_NE(got.error().reason().find(here.peer().text()), std::string::npos);
  const Expected<void> sent = here.write("x");
  ASSERT_TRUE(sent.failed());
  EXPECT_EQ(sent.error().kind(), ErrorKind::disconnected);
}

TROOP_IO_TEST(ByteStream, givesUpAtItsDeadlineAndGoesOnAfterwards) {
  auto [here, there] = tests::connected();
  Buffer buffer;
  Expected<std::size_t> got = here.read(buffer, after(1ms));
  ASSERT_TRUE(got.failed());
  EXPECT_EQ(got.error().kind(), ErrorKind::overloaded);
  EXPECT_EQ(got.error().detail(), ErrorDetail::deadline);
  there.write("late").value();
  EXPECT_EQ(tests::read(here, 4), "late");
}

TROOP_IO_TEST(ByteStream, throwsAtAnInheritedDeadline) {
  auto [here, there] = tests::connected();
  Buffer buffer;
  try {
    Scope scope({.deadline = 1ms});
    (void)here.read(buffer);
    ADD_FAILURE() << "nothing was sent";
  } catch (const Error& error) {
    EXPECT_EQ(error.detail(), ErrorDetail::deadline);
  }
}

TROOP_IO_TEST(ByteStream, stopsWaitingWhenItsTaskIsCancelled) {
  auto [here, there] = tests::connected();
  bool unwound = false;
  {
    Scope scope;
    scope.task([&] {
      Buffer buffer;
      try {
        (void)here.read(buffer);
      } catch (const Cancelled&) {
        unwound = true;
        throw;
      }
    });
    yield();
    scope.cancel();
  }
  EXPECT_TRUE(unwound);
  there.write("there still").value();
  EXPECT_EQ(tests::read(here, 11), "there still");
}

TROOP_IO_TEST(ByteStream, saysByItsResultThatItWasCancelledWhereNothingMayBeThrown) {
  auto [here, there] = tests::connected();
  ErrorDetail detail = ErrorDetail::none;
  {
    Scope scope;
    scope.task([&] {
      const MustNotThrow resultsOnly;
      Buffer buffer;
      Expected<std::size_t> got = here.read(buffer);
      detail = got.failed() ? got.error().detail() : ErrorDetail::none;
    });
    yield();
    scope.cancel();
  }
  EXPECT_EQ(detail, ErrorDetail::cancelled);
}

TROOP_IO_TEST(ByteStream, isClosedWhenItsTroopIsKilled) {
  auto [here, there] = tests::connected();
  Ref<Troop> guest = Process::current()->troop({.name = "guest"});
  Ref<Thread> reader =
      guest->thread({"reader"}, [](TcpStream stream) { tests::readAll(stream); }, std::move(there));
  here.write("hello").value();
  guest->kill(Error(ErrorKind::disconnected, "no longer needed", ErrorDetail::killed));
  EXPECT_TRUE(reader->join().failed());
  Buffer buffer;
  const Expected<std::size_t> got = here.read(buffer);
  // What nobody has read makes it a reset.
  if (got.succeeded()) EXPECT_EQ(got.value(), 0U);
  if (got.failed()) EXPECT_EQ(got.error().kind(), ErrorKind::disconnected);
}

TROOP_IO_TEST(ByteStream, endsTheWaitsOfOthersWhenItIsClosed) {
  auto [here, there] = tests::connected();
  Expected<std::size_t> got = 0;
  {
    Scope scope;
    scope.task([&] {
      Buffer buffer;
      got = here.read(buffer);
    });
    yield();
    here.close();
  }
  ASSERT_TRUE(got.failed());
  EXPECT_EQ(got.error().kind(), ErrorKind::disconnected);
  EXPECT_NE(got.error().reason().find("closed here"), std::string::npos);
  EXPECT_EQ(here.write("x").error().kind(), ErrorKind::disconnected);
  EXPECT_EQ(here.finishWriting().error().kind(), ErrorKind::disconnected);
  EXPECT_EQ(tests::readAll(there), "");
}

TROOP_IO_TEST(ByteStream, closesWhatItIsAssignedOver) {
  auto [here, there] = tests::connected();
  auto [other, beyond] = tests::connected();
  here = std::move(other);
  EXPECT_EQ(tests::readAll(there), "");
  here.write("moved").value();
  here.close();
  EXPECT_EQ(tests::readAll(beyond), "moved");
}

// As close() tells them, though what they wait for belongs to nobody any more.
TROOP_IO_TEST(ByteStream, tellsThoseWhoWaitThatItIsAssignedOver) {
  auto [here, there] = tests::connected();
  auto [other, beyond] = tests::connected();
  Expected<std::size_t> got = 0;
  {
    Scope scope;
    scope.task([&] {
      Buffer buffer;
      got = here.read(buffer);
    });
    yield();
    here = std::move(other);
  }
  ASSERT_TRUE(got.failed());
  EXPECT_EQ(got.error().kind(), ErrorKind::disconnected);
}

TROOP_IO_TEST(ByteStream, refusesToReadIntoNoRoom) {
  auto [here, there] = tests::connected();
  const Expected<std::size_t> got = here.read({});
  ASSERT_TRUE(got.failed());
  EXPECT_EQ(got.error().kind(), ErrorKind::failed);
}

TROOP_IO_TEST(ByteStream, isPaidForByTheTroopThatOpensIt) {
  Ref<Troop> guest = Process::current()->troop({.name = "guest", .memoryBytesMax = 1 << 20});
  TcpListener listener = TcpListener::open(Address::loopback()).value();
  Ref<Thread> greedy = guest->thread(
      {"greedy"},
      [](Address at) {
        std::vector<TcpStream> streams;
        for (;;) streams.push_back(TcpStream::connect(at).value());
      },
      assumeSendable(listener.address()));
  Expected<void> ended = greedy->join();
  ASSERT_TRUE(ended.failed());
  EXPECT_EQ(ended.error().detail(), ErrorDetail::memory);
  EXPECT_LT(guest->memory()->used(), std::size_t{1} << 18);
}

// Waits of OS threads and of Tasks end each other.
TEST(ByteStream, isUsedByOsThreadsOfTheHost) {
  Process process({.carriers = 1});
  TcpListener listener = TcpListener::open(process, Address::loopback()).value();
  TcpStream here = TcpStream::connect(process, listener.address()).value();
  TcpStream there = listener.accept().value();
  std::thread echo([&] {
    Buffer buffer;
    while (const std::size_t got = there.read(buffer).value()) {
      there.write(std::span(buffer).first(got)).value();
    }
    there.close();
  });
  for (int i = 0; i < 100; ++i) {
    here.write("ping").value();
    EXPECT_EQ(tests::read(here, 4), "ping");
  }
  Buffer buffer;
  EXPECT_EQ(here.read(buffer, after(1ms)).error().detail(), ErrorDetail::deadline);
  here.finishWriting().value();
  EXPECT_EQ(tests::readAll(here), "");
  echo.join();
}

TEST(ByteStream, goesOnWhileATimerCallsWhatTakesLong) {
  std::atomic<bool> begun{false};
  std::atomic<bool> over{false};
  Process process({.carriers = 2});
  TcpListener listener = TcpListener::open(process, Address::loopback()).value();
  TcpStream here = TcpStream::connect(process, listener.address()).value();
  TcpStream there = listener.accept().value();
  Buffer buffer;
  // From here on it is only tried when a carrier has told of something.
  EXPECT_EQ(here.read(buffer, after(1ms)).error().detail(), ErrorDetail::deadline);
  process.at(Time{}, [&] {
    begun.store(true);
    begun.notify_all();
    over.wait(false);
  });
  begun.wait(false);
  there.write("heard").value();
  EXPECT_EQ(tests::read(here, 5), "heard");
  over.store(true);
  over.notify_all();
}

TEST(ByteStream, endsItsWaitsWithItsProcess) {
  std::thread waiting;
  {
    Process process({.carriers = 1});
    TcpListener listener = TcpListener::open(process, Address::loopback()).value();
    waiting = std::thread([stream = TcpStream::connect(process, listener.address()).value(),
                           other = listener.accept().value()]() mutable {
      Buffer buffer;
      EXPECT_EQ(stream.read(buffer).error().kind(), ErrorKind::disconnected);
    });
  }
  waiting.join();
}

}  // namespace
}  // namespace troop
