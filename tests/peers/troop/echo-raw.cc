// The same server on bare epoll, without Tasks: what the kernel lets anybody have. It is no peer.
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <system_error>
#include <thread>
#include <vector>

#include "tests/peers/troop/measurement.h"
#include "tests/peers/troop/workloads.h"

namespace troop::peers {

namespace {

void watch(int epoll, int descriptor) {
  epoll_event event{.events = EPOLLIN, .data = {.fd = descriptor}};
  epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event);
}

int listenBeside(std::uint16_t port) {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  const int one = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one));
  const sockaddr_in at{.sin_family = AF_INET,
                       .sin_port = htons(port),
                       .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
  if (bind(listener, reinterpret_cast<const sockaddr*>(&at), sizeof(at)) != 0 ||
      listen(listener, 4096) != 0) {
    throw std::system_error(errno, std::generic_category(), "listen");
  }
  return listener;
}

void sendBack(int descriptor) {
  std::array<char, 4096> buffer;
  const ssize_t got = read(descriptor, buffer.data(), buffer.size());
  if (got <= 0 || write(descriptor, buffer.data(), static_cast<std::size_t>(got)) != got) {
    close(descriptor);
  }
}

void serve(std::uint16_t port) {
  const int listener = listenBeside(port);
  const int epoll = epoll_create1(0);
  watch(epoll, listener);
  for (std::array<epoll_event, 256> events;;) {
    const int count = epoll_wait(epoll, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < count; ++i) {
      if (events[i].data.fd != listener) {
        sendBack(events[i].data.fd);
        continue;
      }
      const int accepted = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK);
      if (accepted < 0) continue;
      const int one = 1;
      setsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
      watch(epoll, accepted);
    }
  }
}

}  // namespace

void runEchoRawServer() {
  const auto port = static_cast<std::uint16_t>(size("ECHO_PORT", 7777));
  std::vector<std::thread> others;
  for (unsigned i = 1; i < std::thread::hardware_concurrency(); ++i)
    others.emplace_back(serve, port);
  serve(port);
}

}  // namespace troop::peers
