// Waits for one of several descriptors as a program sees them.
#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "runtime/preload/pthread-of-test.h"

namespace troop::preload {
namespace {

class Polls : public ::testing::Test {
 protected:
  Polls() { EXPECT_EQ(pipe(ends_.data()), 0); }
  ~Polls() override {
    for (const int end : ends_) close(end);
  }
  void tell() { EXPECT_EQ(write(ends_[1], "x", 1), 1); }
  fd_set setOf(int descriptor) {
    fd_set set;
    FD_ZERO(&set);
    FD_SET(descriptor, &set);
    return set;
  }

  std::array<int, 2> ends_{};
};

TEST_F(Polls, pollWaitsForOne) {
  PthreadOfTest waits([&] {
    std::array<pollfd, 2> wanted{{{ends_[0], POLLIN, 0}, {-1, POLLIN, 0}}};
    EXPECT_EQ(poll(wanted.data(), wanted.size(), 0), 0);
    EXPECT_EQ(poll(wanted.data(), wanted.size(), 1), 0);
    const timespec soon{0, 1000};
    EXPECT_EQ(ppoll(wanted.data(), wanted.size(), &soon, nullptr), 0);
    PthreadOfTest writes([&] { tell(); });
    EXPECT_EQ(poll(wanted.data(), wanted.size(), -1), 1);
    EXPECT_EQ(wanted[0].revents, POLLIN);
    EXPECT_EQ(poll(nullptr, 0, 1), 0);
  });
}

TEST_F(Polls, pollTellsWhatIsWrong) {
  PthreadOfTest asks([&] {
    pollfd wanted{100'000, POLLIN, 0};
    EXPECT_EQ(poll(&wanted, 1, -1), 1);
    EXPECT_EQ(wanted.revents, POLLNVAL);
  });
}

TEST_F(Polls, selectWaitsForOne) {
  PthreadOfTest waits([&] {
    fd_set readable = setOf(ends_[0]);
    timeval soon{0, 1000};
    EXPECT_EQ(select(ends_[0] + 1, &readable, nullptr, nullptr, &soon), 0);
    EXPECT_FALSE(FD_ISSET(ends_[0], &readable));
    EXPECT_EQ(soon.tv_usec, 0);
    readable = setOf(ends_[0]);
    PthreadOfTest writes([&] { tell(); });
    EXPECT_EQ(pselect(ends_[0] + 1, &readable, nullptr, nullptr, nullptr, nullptr), 1);
    EXPECT_TRUE(FD_ISSET(ends_[0], &readable));
    fd_set writable = setOf(ends_[1]);
    EXPECT_EQ(select(ends_[1] + 1, nullptr, &writable, nullptr, nullptr), 1);
    EXPECT_TRUE(FD_ISSET(ends_[1], &writable));
    EXPECT_EQ(select(-1, nullptr, nullptr, nullptr, nullptr), -1);
    EXPECT_EQ(errno, EINVAL);
  });
}

TEST_F(Polls, epollWaitsForOne) {
  const int set = epoll_create1(0);
  epoll_event event{.events = EPOLLIN, .data = {.u64 = 42}};
  epoll_ctl(set, EPOLL_CTL_ADD, ends_[0], &event);
  PthreadOfTest waits([&] {
    std::array<epoll_event, 4> events;
    EXPECT_EQ(epoll_wait(set, events.data(), events.size(), 0), 0);
    EXPECT_EQ(epoll_wait(set, events.data(), events.size(), 1), 0);
    PthreadOfTest writes([&] { tell(); });
    EXPECT_EQ(epoll_pwait(set, events.data(), events.size(), -1, nullptr), 1);
    EXPECT_EQ(events[0].data.u64, 42u);
    const timespec none{};
    const timespec wrong{0, -1};
    EXPECT_EQ(epoll_pwait2(set, events.data(), events.size(), nullptr, nullptr), 1);
    char byte = 0;
    EXPECT_EQ(read(ends_[0], &byte, 1), 1);
    EXPECT_EQ(epoll_pwait2(set, events.data(), events.size(), &none, nullptr), 0);
    EXPECT_EQ(epoll_pwait2(set, events.data(), events.size(), &wrong, nullptr), -1);
    EXPECT_EQ(errno, EINVAL);
    EXPECT_EQ(epoll_wait(-1, events.data(), events.size(), -1), -1);
    EXPECT_EQ(errno, EBADF);
  });
  waits.join();
  close(set);
}

}  // namespace
}  // namespace troop::preload
