// Sockets as a program sees them.
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
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

// In two parts that are not as the other end has them.
msghdr messageOf(std::array<iovec, 2>& parts, std::string& text, std::size_t first) {
  parts = {{{text.data(), first}, {text.data() + first, text.size() - first}}};
  msghdr message{};
  message.msg_iov = parts.data();
  message.msg_iovlen = parts.size();
  return message;
}

// Made descriptors of what came with a message, closed; how many.
int closeReceived(msghdr& message) {
  int count = 0;
  for (cmsghdr* control = CMSG_FIRSTHDR(&message); control != nullptr;
       control = CMSG_NXTHDR(&message, control)) {
    EXPECT_EQ(control->cmsg_type, SCM_RIGHTS);
    int descriptor = -1;
    std::memcpy(&descriptor, CMSG_DATA(control), sizeof(descriptor));
    EXPECT_EQ(close(descriptor), 0);
    ++count;
  }
  return count;
}

class Messages : public ::testing::Test {
 protected:
  Messages() { EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends_.data()), 0); }
  ~Messages() override {
    for (const int end : ends_) close(end);
  }

  // With a descriptor.
  void attach(msghdr& message) {
    message.msg_control = control_.data();
    message.msg_controllen = CMSG_SPACE(sizeof(int));
    cmsghdr* const control = CMSG_FIRSTHDR(&message);
    control->cmsg_level = SOL_SOCKET;
    control->cmsg_type = SCM_RIGHTS;
    control->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(control), ends_.data(), sizeof(int));
  }
  void makeRoomForControl(msghdr& message) {
    message.msg_control = received_.data();
    message.msg_controllen = received_.size();
  }

  std::array<int, 2> ends_{};
  alignas(cmsghdr) std::array<char, 64> control_{};
  alignas(cmsghdr) std::array<char, 64> received_{};
};

TEST_F(Messages, areSentAndReceivedWhole) {
  std::string sent(2'000'000, ' ');
  for (std::size_t index = 0; index < sent.size(); ++index) {
    sent[index] = static_cast<char>(index / 7);
  }
  PthreadOfTest sends([&] {
    std::array<iovec, 2> parts;
    const msghdr message = messageOf(parts, sent, 1'234'567);
    EXPECT_EQ(sendmsg(ends_[1], &message, 0), static_cast<ssize_t>(sent.size()));
  });
  PthreadOfTest receives([&] {
    std::string received(sent.size(), ' ');
    std::array<iovec, 2> parts;
    msghdr message = messageOf(parts, received, 13);
    EXPECT_EQ(recvmsg(ends_[0], &message, MSG_WAITALL), static_cast<ssize_t>(sent.size()));
    EXPECT_TRUE(received == sent);
  });
}

TEST_F(Messages, descriptorsGoWithTheirBytesOnce) {
  std::string sent(2'000'000, 's');
  PthreadOfTest sends([&] {
    std::array<iovec, 2> parts;
    msghdr message = messageOf(parts, sent, 5);
    attach(message);
    EXPECT_EQ(sendmsg(ends_[1], &message, 0), static_cast<ssize_t>(sent.size()));
  });
  PthreadOfTest receives([&] {
    std::string received(sent.size(), ' ');
    std::array<iovec, 2> parts;
    msghdr message = messageOf(parts, received, 5);
    makeRoomForControl(message);
    const ssize_t first = recvmsg(ends_[0], &message, MSG_WAITALL);
    EXPECT_GT(first, 0);
    EXPECT_EQ(closeReceived(message), 1);
    std::string rest(sent.size() - static_cast<std::size_t>(first), ' ');
    message = messageOf(parts, rest, 0);
    makeRoomForControl(message);
    EXPECT_EQ(recvmsg(ends_[0], &message, MSG_WAITALL), static_cast<ssize_t>(rest.size()));
    EXPECT_EQ(closeReceived(message), 0);
  });
}

TEST_F(Messages, thatEndTooEarlyAreShort) {
  PthreadOfTest receives([&] {
    std::string received(10, ' ');
    std::array<iovec, 2> parts;
    msghdr message = messageOf(parts, received, 5);
    EXPECT_EQ(recvmsg(ends_[0], &message, MSG_WAITALL), 7);
    EXPECT_EQ(received, "one two   ");
    EXPECT_EQ(recvmsg(ends_[0], &message, MSG_WAITALL), 0);
    EXPECT_EQ(sendmsg(ends_[0], &message, MSG_NOSIGNAL), -1);
    EXPECT_EQ(errno, EPIPE);
  });
  PthreadOfTest sends([&] {
    EXPECT_EQ(send(ends_[1], "one ", 4, 0), 4);
    sched_yield();
    EXPECT_EQ(send(ends_[1], "two", 3, 0), 3);
    shutdown(ends_[1], SHUT_RDWR);
  });
}

TEST(Sockets, severalMessagesAreSentAndReceivedByOneCall) {
  std::array<int, 2> ends{};
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_DGRAM, 0, ends.data()), 0);
  // More than there is room for: whoever is slower is waited for.
  constexpr std::size_t many = 300;
  const auto messagesOf = [](std::vector<iovec>& parts) {
    std::vector<mmsghdr> messages(parts.size());
    for (std::size_t index = 0; index < parts.size(); ++index) {
      messages[index].msg_hdr.msg_iov = &parts[index];
      messages[index].msg_hdr.msg_iovlen = 1;
    }
    return messages;
  };
  PthreadOfTest receives([&] {
    std::vector<std::array<char, 8>> buffers(many);
    std::vector<iovec> parts;
    for (auto& buffer : buffers) parts.push_back({buffer.data(), buffer.size()});
    std::vector<mmsghdr> messages = messagesOf(parts);
    EXPECT_EQ(recvmmsg(ends[0], messages.data(), many, 0, nullptr), static_cast<int>(many));
    EXPECT_EQ(messages[1].msg_len, 2u);
    EXPECT_EQ(messages[299].msg_len, 3u);
    timespec soon{100, 0};
    EXPECT_EQ(recvmmsg(ends[0], messages.data(), many, MSG_WAITFORONE, &soon), 1);
    EXPECT_GT(soon.tv_sec, 0);
    EXPECT_EQ(send(ends[1], "x", 1, 0), 1);
    soon = {};
    EXPECT_EQ(recvmmsg(ends[0], messages.data(), many, 0, &soon), 1);
    EXPECT_EQ(recvmmsg(ends[0], messages.data(), many, MSG_DONTWAIT, nullptr), -1);
    EXPECT_EQ(errno, EAGAIN);
  });
  PthreadOfTest sends([&] {
    std::string text = "abc";
    std::vector<iovec> parts;
    for (std::size_t index = 0; index < many; ++index) {
      parts.push_back({text.data(), index % 3 + 1});
    }
    std::vector<mmsghdr> messages = messagesOf(parts);
    EXPECT_EQ(sendmmsg(ends[1], messages.data(), many, 0), static_cast<int>(many));
    EXPECT_EQ(messages[2].msg_len, 3u);
    EXPECT_EQ(sendmmsg(ends[1], messages.data(), 1, 0), 1);
  });
  receives.join();
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
