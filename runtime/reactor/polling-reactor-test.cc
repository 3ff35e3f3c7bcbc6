#include "runtime/reactor/polling-reactor.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <string_view>

#include "runtime/ref.h"

namespace troop {
namespace {

// As a scheduler has it, which ends it.
class OwnReactor {
 public:
  OwnReactor() = default;
  ~OwnReactor() { reactor_->end(); }
  OwnReactor(const OwnReactor&) = delete;
  OwnReactor& operator=(const OwnReactor&) = delete;

  PollingReactor* operator->() const noexcept { return reactor_.get(); }
  PollingReactor& operator*() const noexcept { return *reactor_; }

 private:
  const Ref<PollingReactor> reactor_ = makeRef<PollingReactor>();
};

// Two ends, of which the first is a Source.
struct Ends {
  explicit Ends(Reactor& reactor) {
    std::array<int, 2> both{};
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, both.data()), 0);
    source = Source::open(reactor, both[0]).value();
    other = both[1];
  }
  ~Ends() { ::close(other); }
  Ends(const Ends&) = delete;
  Ends& operator=(const Ends&) = delete;

  Ref<Source> source;
  int other = -1;
};

constexpr auto nobodyMinds = [] {};

// One try to read; none: it would have to wait.
std::optional<long> tryRead(Source& source) {
  std::array<std::byte, 16> buffer;
  return source.attempt(Direction::reading, 16, [&](Reactor& reactor, int descriptor) {
    return reactor.receive(descriptor, buffer);
  });
}

Expected<long> waitInVain(Source& source) {
  return source.perform(Direction::reading, after(1ms), "something", 0,
                        [](Reactor&, int) -> long { return -EAGAIN; });
}

// A Source is watched once somebody has waited for it.
void watch(Source& source) {
  EXPECT_EQ(waitInVain(source).error().detail(), ErrorDetail::deadline);
}

TEST(PollingReactor, sleepsNotWhereItWasWokenBefore) {
  const OwnReactor reactor;
  reactor->wake();
  reactor->sleep(never, nobodyMinds);
  // Nor where somebody else has seen that.
  reactor->wake();
  EXPECT_FALSE(reactor->look());
  reactor->sleep(never, nobodyMinds);
}

TEST(PollingReactor, sleepsUntilTheTimeThatItIsTold) {
  const OwnReactor reactor;
  const Time due = std::chrono::steady_clock::now() + 2ms;
  reactor->sleep(due, nobodyMinds);
  EXPECT_GE(std::chrono::steady_clock::now(), due);
}

TEST(PollingReactor, tellsEachChangeOnce) {
  const OwnReactor reactor;
  Ends ends(*reactor);
  EXPECT_EQ(tryRead(*ends.source), std::nullopt);
  watch(*ends.source);
  reactor->look();
  EXPECT_EQ(tryRead(*ends.source), std::nullopt);
  ASSERT_EQ(::write(ends.other, "abc", 3), 3);
  // Nobody has told it, so nobody tries.
  EXPECT_EQ(tryRead(*ends.source), std::nullopt);
  bool told = false;
  reactor->sleep(never, [&] { told = true; });
  EXPECT_TRUE(told);
  EXPECT_EQ(tryRead(*ends.source), 3);
  EXPECT_EQ(tryRead(*ends.source), std::nullopt);
  EXPECT_FALSE(reactor->look());
}

TEST(PollingReactor, remembersThatTheOtherSideHasEnded) {
  const OwnReactor reactor;
  Ends ends(*reactor);
  EXPECT_EQ(tryRead(*ends.source), std::nullopt);
  watch(*ends.source);
  ASSERT_EQ(::write(ends.other, "abc", 3), 3);
  ASSERT_EQ(::shutdown(ends.other, SHUT_WR), 0);
  reactor->sleep(never, nobodyMinds);
  // Both came together: that less was read than asked for does not mean that there is nothing.
  EXPECT_EQ(tryRead(*ends.source), 3);
  EXPECT_EQ(tryRead(*ends.source), 0);
  EXPECT_EQ(tryRead(*ends.source), 0);
}

TEST(PollingReactor, closesWhatIsWatchedWhenItEnds) {
  const OwnReactor reactor;
  Ends ends(*reactor);
  watch(*ends.source);
  reactor->end();
  EXPECT_TRUE(ends.source->closed());
  EXPECT_EQ(tryRead(*ends.source), Source::closedHere);
  char byte = 0;
  EXPECT_EQ(::read(ends.other, &byte, 1), 0);
  Ends late(*reactor);
  const Expected<long> waited = waitInVain(*late.source);
  ASSERT_TRUE(waited.failed());
  EXPECT_EQ(waited.error().kind(), ErrorKind::disconnected);
}

TEST(PollingReactor, endsWhileACallUsesWhatItWatches) {
  const OwnReactor reactor;
  Ends ends(*reactor);
  watch(*ends.source);
  const long result = ends.source->use([](Reactor& itsReactor, int descriptor) -> long {
    itsReactor.end();
    return fcntl(descriptor, F_GETFD) >= 0 ? 0 : -1;
  });
  EXPECT_EQ(result, 0);
  char byte = 0;
  EXPECT_EQ(::read(ends.other, &byte, 1), 0);
}

TEST(PollingReactor, isTheParentsAloneWhereItHasForked) {
  const OwnReactor reactor;
  Ends ends(*reactor);
  watch(*ends.source);
  reactor->look();
  const pid_t child = fork();
  if (child == 0) {
    ends.source->close();
    Ends own(*reactor);
    reactor->wake();
    _exit(own.source->startWatching() == 0 ? 1 : 0);
  }
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(tryRead(*ends.source), std::nullopt);
  ASSERT_EQ(::write(ends.other, "abc", 3), 3);
  EXPECT_TRUE(reactor->look());
  EXPECT_EQ(tryRead(*ends.source), 3);
}

TEST(PollingReactor, saysHowMuchTheKernelMayKeep) {
  const OwnReactor reactor;
  std::array<int, 2> ends{};
  ASSERT_EQ(reactor->pipe(ends), 0);
  EXPECT_EQ(reactor->bufferBytes(ends[0]), static_cast<std::size_t>(fcntl(ends[0], F_GETPIPE_SZ)));
  for (const int end : ends) reactor->closeUnused(end);
  const int udp = reactor->socket(AF_INET, SOCK_DGRAM);
  // The kernel doubles what it is asked for.
  ASSERT_EQ(reactor->setOption(udp, SOL_SOCKET, SO_SNDBUF, 10'000), 0);
  ASSERT_EQ(reactor->setOption(udp, SOL_SOCKET, SO_RCVBUF, 20'000), 0);
  EXPECT_EQ(reactor->bufferBytes(udp), 60'000U);
  reactor->closeUnused(udp);
  const int local = reactor->socket(AF_UNIX, SOCK_STREAM);
  ASSERT_EQ(reactor->setOption(local, SOL_SOCKET, SO_SNDBUF, 10'000), 0);
  EXPECT_EQ(reactor->bufferBytes(local), 20'000U);
  reactor->closeUnused(local);
  EXPECT_EQ(reactor->bufferBytes(-1), 0U);
}

TEST(PollingReactor, keepsWhatIsClosedUntilNobodyIsToldOfIt) {
  const OwnReactor reactor;
  for (int i = 0; i < 200; ++i) {
    Ends ends(*reactor);
    watch(*ends.source);
    ASSERT_EQ(::write(ends.other, "abc", 3), 3);
    ends.source->close();
    EXPECT_FALSE(reactor->look());
  }
}

}  // namespace
}  // namespace troop
