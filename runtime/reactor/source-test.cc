#include "runtime/reactor/source.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <optional>
#include <string>

#include "runtime/process.h"
#include "runtime/reactor/choice.h"
#include "runtime/reactor/polling-reactor.h"
#include "runtime/reactor/source-wait.h"
#include "runtime/troop.h"

namespace troop {
namespace {

bool isOpen(int descriptor) {
  return fcntl(descriptor, F_GETFD) >= 0;
}

int someDescriptor(Reactor& reactor) {
  return reactor.socket(AF_UNIX, SOCK_STREAM);
}

TEST(Source, closesItsDescriptorWithTheLastHandle) {
  const Ref<PollingReactor> reactor = makeRef<PollingReactor>();
  const int descriptor = someDescriptor(*reactor);
  Ref<Source> source = Source::open(*reactor, descriptor).value();
  EXPECT_TRUE(isOpen(descriptor));
  source.reset();
  EXPECT_FALSE(isOpen(descriptor));
}

TEST(Source, closesItsDescriptorOnceNoCallUsesIt) {
  const Ref<PollingReactor> reactor = makeRef<PollingReactor>();
  Ref<Source> source = Source::open(*reactor, someDescriptor(*reactor)).value();
  const long result = source->use([&](Reactor&, int descriptor) -> long {
    source->close();
    EXPECT_TRUE(source->closed());
    EXPECT_EQ(source->use([](Reactor&, int) -> long { return 7; }), Source::closedHere);
    return isOpen(descriptor) ? descriptor : -1;
  });
  EXPECT_GE(result, 0);
  EXPECT_FALSE(isOpen(static_cast<int>(result)));
  source->close();
}

TEST(Source, closesWhatItCannotPayFor) {
  Process process({.carriers = 1});
  Ref<Troop> poor = process.troop({.name = "poor", .memoryBytesMax = 16 << 20});
  Ref<Thread> thread = poor->thread({"poor"}, [] {
    Reactor& reactor = reactorOf(Troop::current()->process());
    Charge rest =
        Troop::current()->memory()->charge(Troop::current()->memory()->remaining()).value();
    const int descriptor = someDescriptor(reactor);
    EXPECT_EQ(Source::open(reactor, descriptor).error().detail(), ErrorDetail::memory);
    EXPECT_FALSE(isOpen(descriptor));
  });
  EXPECT_TRUE(thread->join().succeeded());
}

TEST(Source, isPaidForWithWhatTheKernelMayKeepForIt) {
  Process process({.carriers = 1});
  Ref<Troop> guest = process.troop({.name = "guest"});
  Ref<Thread> thread = guest->thread({"opens"}, [] {
    Troop& troop = *Troop::current();
    Reactor& reactor = reactorOf(troop.process());
    const int descriptor = reactor.socket(AF_INET, SOCK_DGRAM);
    const std::size_t buffers = reactor.bufferBytes(descriptor);
    EXPECT_GT(buffers, 0U);
    const std::size_t before = troop.memory()->used();
    const Ref<Source> source = Source::open(reactor, descriptor).value();
    EXPECT_GE(troop.memory()->used(), before + buffers);
    EXPECT_EQ(troop.handles(), 1U);
    source->close();
    EXPECT_EQ(troop.memory()->used(), before);
    EXPECT_EQ(troop.handles(), 0U);
  });
  EXPECT_TRUE(thread->join().succeeded());
}

// As the kernel is that has no more room for what is watched.
class WatchesNothing final : public PollingReactor {
  int watch(Source&) noexcept override { return -ENOSPC; }
};

TEST(Source, saysByItsResultThatItCannotBeWatched) {
  const Ref<WatchesNothing> reactor = makeRef<WatchesNothing>();
  const Ref<Source> source = Source::open(*reactor, someDescriptor(*reactor)).value();
  const auto nothing = [](Reactor&, int) -> long { return -EAGAIN; };
  const Expected<long> waited = source->perform(Direction::reading, never, "something", 0, nothing);
  ASSERT_TRUE(waited.failed());
  EXPECT_EQ(waited.error().kind(), ErrorKind::overloaded);
  EXPECT_NE(waited.error().reason().find("No space left"), std::string::npos);
  Process process({.carriers = 1});
  process.run([&] {
    const Expected<long> awaited =
        await(async::perform(*source, Direction::reading, never, "something", 0, nothing));
    ASSERT_TRUE(awaited.failed());
    EXPECT_EQ(awaited.error().kind(), ErrorKind::overloaded);
  });
}

// One that has run out of something, and how often it was called.
struct Resting {
  Resting() { source->ranOut(Direction::reading); }

  std::optional<long> attempt() {
    return source->attempt(Direction::reading, 0, [this](Reactor&, int) -> long {
      ++calls;
      return 7;
    });
  }
  Expected<long> perform(Time deadline, long result) {
    return source->perform(Direction::reading, deadline, "a rest", 0, [&](Reactor&, int) -> long {
      ++calls;
      return result;
    });
  }

  const Ref<PollingReactor> reactor = makeRef<PollingReactor>();
  const Ref<Source> source = Source::open(*reactor, someDescriptor(*reactor)).value();
  int calls = 0;
};

TEST(Source, isNotTriedWhileItRestsWhateverChanges) {
  Resting resting;
  EXPECT_EQ(resting.attempt(), std::nullopt);
  resting.source->happened({.reading = true});
  EXPECT_EQ(resting.attempt(), std::nullopt);
  EXPECT_EQ(resting.calls, 0);
  EXPECT_EQ(resting.perform(never, 7).value(), 7);
  EXPECT_EQ(resting.calls, 1);
  EXPECT_EQ(resting.attempt(), 7);
  resting.reactor->end();
}

TEST(Source, restsNoLongerThanADeadlineAndUntilItIsClosed) {
  Resting resting;
  for (int i = 0; i < 20; ++i) resting.source->ranOut(Direction::reading);
  EXPECT_EQ(resting.perform(after(1ms), -EAGAIN).error().detail(), ErrorDetail::deadline);
  resting.source->close();
  EXPECT_EQ(resting.perform(never, 7).value(), Source::closedHere);
  EXPECT_LE(resting.calls, 1);
  resting.reactor->end();
}

TEST(Source, restsInCoroutines) {
  Process process({.carriers = 1});
  process.run([] {
    Reactor& reactor = reactorOf(Troop::current()->process());
    const Ref<Source> source = Source::open(reactor, someDescriptor(reactor)).value();
    const auto seven = [](Reactor&, int) -> long { return 7; };
    source->ranOut(Direction::reading);
    EXPECT_EQ(source->attempt(Direction::reading, 0, seven), std::nullopt);
    EXPECT_EQ(await(async::perform(*source, Direction::reading, never, "a rest", 0, seven)).value(),
              7);
  });
}

TEST(Source, saysWhyAWaitEnded) {
  EXPECT_EQ(Source::notDone(WaitResult::timedOut, "x").detail(), ErrorDetail::deadline);
  EXPECT_EQ(Source::notDone(WaitResult::cancelled, "x").detail(), ErrorDetail::cancelled);
}

}  // namespace
}  // namespace troop
