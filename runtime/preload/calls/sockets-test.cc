// Sockets as a program sees them.
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <memory>
#include <string>
#include <vector>

#include "runtime/preload/pthread-of-test.h"

namespace troop::preload {
namespace {

class Listener {
 public:
  Listener() : descriptor_(socket(AF_INET, SOCK_STREAM, 0)) {
    address_.sin_family = AF_INET;
    address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(bind(descriptor_, sockaddrOf(address_), sizeof(address_)), 0);
    EXPECT_EQ(listen(descriptor_, 128), 0);
    socklen_t length = sizeof(address_);
    getsockname(descriptor_, sockaddrOf(address_), &length);
  }
  ~Listener() { close(descriptor_); }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  int descriptor() const { return descriptor_; }
  int connect() const {
    const int made = socket(AF_INET, SOCK_STREAM, 0);
    EXPECT_EQ(::connect(made, sockaddrOf(address_), sizeof(address_)), 0);
    return made;
  }
  sockaddr_in address() const { return address_; }

  static sockaddr* sockaddrOf(sockaddr_in& address) {
    return reinterpret_cast<sockaddr*>(&address);
  }
  static const sockaddr* sockaddrOf(const sockaddr_in& address) {
    return reinterpret_cast<const sockaddr*>(&address);
  }

 private:
  const int descriptor_;
  sockaddr_in address_{};
};

TEST(Sockets, manyClientsAreServedEachByItsPthread) {
  constexpr int many = 100;
  Listener listener;
  std::vector<std::unique_ptr<PthreadOfTest>> pthreads;
  for (int index = 0; index < many; ++index) {
    pthreads.push_back(std::make_unique<PthreadOfTest>([&] {
      const int accepted = accept(listener.descriptor(), nullptr, nullptr);
      ASSERT_GE(accepted, 0);
      std::array<char, 5> buffer;
      EXPECT_EQ(recv(accepted, buffer.data(), buffer.size(), MSG_WAITALL), 5);
      EXPECT_EQ(send(accepted, buffer.data(), buffer.size(), 0), 5);
      close(accepted);
    }));
  }
  for (int index = 0; index < many; ++index) {
    pthreads.push_back(std::make_unique<PthreadOfTest>([&] {
      const int connected = listener.connect();
      EXPECT_EQ(send(connected, "he", 2, 0), 2);
      EXPECT_EQ(send(connected, "llo", 3, 0), 3);
      std::array<char, 6> buffer{};
      iovec part{buffer.data(), 5};
      msghdr message{};
      message.msg_iov = &part;
      message.msg_iovlen = 1;
      EXPECT_EQ(recvmsg(connected, &message, 0), 5);
      EXPECT_STREQ(buffer.data(), "hello");
      close(connected);
    }));
  }
}

TEST(Sockets, datagramsComeOneByOne) {
  std::array<int, 2> ends{};
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_DGRAM, 0, ends.data()), 0);
  PthreadOfTest receives([&] {
    std::array<char, 100> buffer;
    EXPECT_EQ(recvfrom(ends[0], buffer.data(), buffer.size(), 0, nullptr, nullptr), 3);
    EXPECT_EQ(recv(ends[0], buffer.data(), buffer.size(), MSG_WAITALL), 4);
    EXPECT_EQ(recv(ends[0], buffer.data(), buffer.size(), MSG_DONTWAIT), -1);
    EXPECT_EQ(errno, EAGAIN);
  });
  PthreadOfTest sends([&] {
    EXPECT_EQ(sendto(ends[1], "one", 3, 0, nullptr, 0), 3);
    iovec part{const_cast<char*>("four"), 4};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    EXPECT_EQ(sendmsg(ends[1], &message, 0), 4);
  });
  receives.join();
  for (const int end : ends) close(end);
}

TEST(Sockets, allIsSent) {
  std::array<int, 2> ends{};
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()), 0);
  const std::string sent(2'000'000, 's');
  PthreadOfTest sends([&] {
    EXPECT_EQ(send(ends[1], sent.data(), sent.size(), 0), static_cast<ssize_t>(sent.size()));
  });
  PthreadOfTest receives([&] {
    std::string received(sent.size(), ' ');
    EXPECT_EQ(recv(ends[0], received.data(), received.size(), MSG_WAITALL),
              static_cast<ssize_t>(sent.size()));
    EXPECT_EQ(received, sent);
  });
  receives.join();
  sends.join();
  for (const int end : ends) close(end);
}

TEST(Sockets, timeoutsAndEndsAreTold) {
  std::array<int, 2> ends{};
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()), 0);
  PthreadOfTest receives([&] {
    const timeval soon{0, 1000};
    char byte = 0;
    setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof(soon));
    EXPECT_EQ(recv(ends[0], &byte, 1, 0), -1);
    EXPECT_EQ(errno, EAGAIN);
    shutdown(ends[1], SHUT_RDWR);
    EXPECT_EQ(recv(ends[0], &byte, 1, 0), 0);
    EXPECT_EQ(send(ends[0], &byte, 1, MSG_NOSIGNAL), -1);
    EXPECT_EQ(errno, EPIPE);
  });
  receives.join();
  for (const int end : ends) close(end);
}

TEST(Sockets, connectionsThatAreRefusedAreToldSo) {
  sockaddr_in address{};
  {
    address = Listener().address();
  }
  PthreadOfTest connects([&] {
    const int made = socket(AF_INET, SOCK_STREAM, 0);
    EXPECT_EQ(connect(made, Listener::sockaddrOf(address), sizeof(address)), -1);
    EXPECT_EQ(errno, ECONNREFUSED);
    close(made);
  });
}

}  // namespace
}  // namespace troop::preload
