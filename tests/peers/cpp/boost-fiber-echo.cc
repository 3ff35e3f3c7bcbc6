// A server that sends back what it reads: a fiber a connection, and on each of two OS threads an
// event loop inside the scheduler, whose idle step waits for I/O, as the library's own example with
// Asio has it.
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <boost/fiber/all.hpp>
#include <cerrno>
#include <chrono>
#include <thread>

#include "measurement.h"

namespace bf = boost::fibers;

namespace {

thread_local int epoll = -1;

struct Waiter {
  bf::context* fiber = nullptr;
};

struct WaitsForEvents : bf::algo::round_robin {
  void suspend_until(const std::chrono::steady_clock::time_point& until) noexcept override {
    int milliseconds = -1;
    if (until != std::chrono::steady_clock::time_point::max()) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
          until - std::chrono::steady_clock::now());
      milliseconds = left.count() > 0 ? static_cast<int>(left.count()) : 0;
    }
    std::array<epoll_event, 256> events;
    const int count =
        epoll_wait(epoll, events.data(), static_cast<int>(events.size()), milliseconds);
    for (int i = 0; i < count; ++i) {
      auto* const waiter = static_cast<Waiter*>(events[i].data.ptr);
      bf::context* const fiber = waiter->fiber;
      waiter->fiber = nullptr;
      if (fiber != nullptr) bf::context::active()->schedule(fiber);
    }
  }
  // One OS thread never wakes the other.
  void notify() noexcept override {}
};

template <typename Call>
ssize_t waiting(Waiter& waiter, Call call) {
  for (;;) {
    const ssize_t result = call();
    if (result >= 0 || errno != EAGAIN) return result;
    waiter.fiber = bf::context::active();
    bf::context::active()->suspend();
  }
}

void watch(int descriptor, Waiter& waiter) {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLET;
  event.data.ptr = &waiter;
  epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event);
}

void sendBack(int descriptor) {
  Waiter waiter;
  watch(descriptor, waiter);
  std::array<char, 4096> buffer;
  for (;;) {
    const ssize_t got =
        waiting(waiter, [&] { return read(descriptor, buffer.data(), buffer.size()); });
    if (got <= 0) break;
    if (waiting(waiter, [&] { return write(descriptor, buffer.data(), got); }) != got) break;
  }
  close(descriptor);
}

void serve() {
  epoll = epoll_create1(0);
  bf::use_scheduling_algorithm<WaitsForEvents>();
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  const int one = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one));
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(static_cast<std::uint16_t>(size("ECHO_PORT", 7777)));
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(listener, reinterpret_cast<sockaddr*>(&at), sizeof(at)) != 0 ||
      listen(listener, 4096) != 0) {
    std::perror("listen");
    std::exit(1);
  }
  Waiter waiter;
  watch(listener, waiter);
  for (;;) {
    const auto accepted = static_cast<int>(
        waiting(waiter, [&] { return accept4(listener, nullptr, nullptr, SOCK_NONBLOCK); }));
    if (accepted < 0) continue;
    setsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    bf::fiber(bf::launch::post, std::allocator_arg, bf::fixedsize_stack{16384}, sendBack, accepted)
        .detach();
  }
}

}  // namespace

void runEcho() {
  std::thread other(serve);
  serve();
  other.join();
}
