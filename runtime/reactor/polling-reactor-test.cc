#include "runtime/reactor/polling-reactor.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
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
    source = Source::open(reactor, both[0]);
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

// A Source is watched once somebody has waited for it.
void watch(Source& source) {
  const Expected<long> nothing = source.perform(Direction::reading, after(1ms), "something", 0,
                                                [](Reactor&, int) -> long { return -EAGAIN; });
  EXPECT_TRUE(nothing.failed());
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
  EXPECT_THROW(watch(*late.source), Error);
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
