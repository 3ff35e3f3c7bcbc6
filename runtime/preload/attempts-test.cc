#include "runtime/preload/attempts.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <vector>

#include "runtime/preload/pthread-of-test.h"

namespace troop::preload {
namespace {

class Attempts : public ::testing::Test {
 protected:
  Attempts() { EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends_.data()), 0); }
  ~Attempts() override {
    for (const int end : ends_) close(end);
  }
  std::array<int, 2> ends_{};
};

TEST_F(Attempts, areRepeatedOnceTheDescriptorIsReady) {
  int tries = 0;
  PthreadOfTest waits([&] {
    const auto attempt = [&]() -> ssize_t { return ++tries < 3 ? -EAGAIN : 7; };
    // It can be written to all the time.
    EXPECT_EQ(untilDone(ends_[0], POLLOUT, 0, attempt), 7);
  });
  waits.join();
  EXPECT_EQ(tries, 3);
}

TEST_F(Attempts, areNotRepeatedWhereTheDescriptorNeverWaits) {
  fcntl(ends_[0], F_SETFL, O_NONBLOCK);
  EXPECT_TRUE(neverWaits(ends_[0]));
  EXPECT_FALSE(neverWaits(ends_[1]));
  int tries = 0;
  PthreadOfTest asks([&] {
    EXPECT_EQ(untilDone(ends_[0], POLLOUT, 0,
                        [&]() -> ssize_t {
                          ++tries;
                          return -EAGAIN;
                        }),
              -EAGAIN);
  });
  asks.join();
  EXPECT_EQ(tries, 1);
}

TEST_F(Attempts, endWithTheTimeoutOfTheSocket) {
  EXPECT_FALSE(deadlineOf(ends_[0], SO_RCVTIMEO).bounded());
  const timeval soon{0, 1000};
  setsockopt(ends_[0], SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof(soon));
  EXPECT_TRUE(deadlineOf(ends_[0], SO_RCVTIMEO).bounded());
  PthreadOfTest waits([&] {
    const auto attempt = []() -> ssize_t { return -EAGAIN; };
    EXPECT_EQ(untilDone(ends_[0], POLLIN, SO_RCVTIMEO, attempt), -EAGAIN);
  });
}

TEST_F(Attempts, goOnUntilAllIsDoneOrFails) {
  PthreadOfTest does([&] {
    const auto three = [](std::size_t) -> ssize_t { return 3; };
    EXPECT_EQ(untilAllDone(ends_[0], POLLOUT, 0, 9, three), 9);
    const auto fails = [](std::size_t done) -> ssize_t { return done < 6 ? 3 : -EPIPE; };
    EXPECT_EQ(untilAllDone(ends_[0], POLLOUT, 0, 9, fails), 6);
    const auto failsAtOnce = [](std::size_t) -> ssize_t { return -EPIPE; };
    EXPECT_EQ(untilAllDone(ends_[0], POLLOUT, 0, 9, failsAtOnce), -EPIPE);
  });
}

TEST_F(Attempts, resultsAreAsTheCLibraryHasThem) {
  EXPECT_EQ(resultOf(5), 5);
  EXPECT_EQ(resultOf(-ENOENT), -1);
  EXPECT_EQ(errno, ENOENT);
}

TEST(Rest, goesOnWherePartsWereLeft) {
  std::array<char, 10> memory;
  const std::array<iovec, 4> parts{
      {{memory.data(), 3}, {memory.data() + 3, 0}, {memory.data() + 3, 5}, {memory.data() + 8, 2}}};
  EXPECT_EQ(bytesOf(parts), 10u);
  const Rest five(parts, 5);
  ASSERT_EQ(five.count(), 3);
  EXPECT_EQ(five.parts()[0].iov_len, 0u);
  EXPECT_EQ(five.parts()[1].iov_base, memory.data() + 5);
  EXPECT_EQ(five.parts()[1].iov_len, 3u);
  EXPECT_EQ(five.parts()[2].iov_base, memory.data() + 8);
  EXPECT_EQ(Rest(parts, 10).count(), 1);
  const std::vector<iovec> many(2000, {memory.data(), 1});
  EXPECT_EQ(Rest({many.data(), 1000}, 0).count(), 16);
  EXPECT_EQ(bytesOf(many), 0u);
}

}  // namespace
}  // namespace troop::preload
