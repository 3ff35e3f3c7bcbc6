#include "runtime/reactor/source.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

#include "runtime/process.h"
#include "runtime/reactor/choice.h"
#include "runtime/reactor/polling-reactor.h"
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
  Ref<Source> source = Source::open(*reactor, descriptor);
  EXPECT_TRUE(isOpen(descriptor));
  source.reset();
  EXPECT_FALSE(isOpen(descriptor));
}

TEST(Source, closesItsDescriptorOnceNoCallUsesIt) {
  const Ref<PollingReactor> reactor = makeRef<PollingReactor>();
  Ref<Source> source = Source::open(*reactor, someDescriptor(*reactor));
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
    Reactor& reactor = reactorOf(Troop::current()->scheduler());
    Charge rest =
        Troop::current()->memory()->charge(Troop::current()->memory()->remaining()).value();
    const int descriptor = someDescriptor(reactor);
    EXPECT_THROW(Source::open(reactor, descriptor), Error);
    EXPECT_FALSE(isOpen(descriptor));
  });
  EXPECT_TRUE(thread->join().succeeded());
}

TEST(Source, saysWhyAWaitEnded) {
  EXPECT_EQ(Source::notDone(WaitResult::timedOut, "x").detail(), ErrorDetail::deadline);
  EXPECT_EQ(Source::notDone(WaitResult::cancelled, "x").detail(), ErrorDetail::cancelled);
}

}  // namespace
}  // namespace troop
