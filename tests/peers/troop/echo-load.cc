#include "tests/peers/troop/echo-load.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

#include "tests/peers/troop/measurement.h"

namespace troop::peers {

namespace {

using Nanoseconds = std::chrono::nanoseconds;
using Time = std::chrono::steady_clock::time_point;

constexpr std::size_t messageBytes = 64;
constexpr std::array<char, messageBytes> message{};

Time now() {
  return std::chrono::steady_clock::now();
}

void require(bool succeeded, const char* what) {
  if (!succeeded) throw std::system_error(errno, std::generic_category(), what);
}

// The server as an OS process of its own, which ends with this object.
class Server {
 public:
  Server(char* const* command, int port) : process_(fork()) {
    require(process_ >= 0, "fork");
    if (process_ > 0) return;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setenv("ECHO_PORT", std::to_string(port).c_str(), 1);
    execv(command[0], command);
    _exit(127);
  }
  ~Server() {
    kill(process_, SIGKILL);
    waitpid(process_, nullptr, 0);
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  bool ended() const { return waitpid(process_, nullptr, WNOHANG) != 0; }

 private:
  const pid_t process_;
};

// One that nobody listens at.
int freePort() {
  const int descriptor = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in at{.sin_family = AF_INET, .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
  socklen_t length = sizeof(at);
  require(bind(descriptor, reinterpret_cast<sockaddr*>(&at), length) == 0, "bind");
  require(getsockname(descriptor, reinterpret_cast<sockaddr*>(&at), &length) == 0, "getsockname");
  close(descriptor);
  return ntohs(at.sin_port);
}

struct Connection {
  int descriptor = -1;
  bool busy = false;
  std::size_t got = 0;
  Time sent{};            // when the request that is under way was sent, or due
  std::int64_t next = 0;  // which of its own the next request is
};

class Load {
 public:
  Load(const Server& server, int port, std::size_t connections)
      : epoll_(epoll_create1(EPOLL_CLOEXEC)), connections_(connections) {
    for (Connection& connection : connections_) connect(server, port, connection);
  }
  ~Load() {
    for (const Connection& connection : connections_) close(connection.descriptor);
    close(epoll_);
  }
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

  // How long each request took, sorted; the first tenth of the time is not counted. 0: one is
  // always under way on each connection; else so many a second, each at its time.
  std::vector<double> run(double seconds, double rate) {
    begin_ = now();
    counted_ = begin_ + Nanoseconds(static_cast<std::int64_t>(seconds * 1e8));
    end_ = begin_ + Nanoseconds(static_cast<std::int64_t>(seconds * 1e9));
    gap_ = rate > 0 ? 1e9 / rate : 0;
    cursor_ = 0;
    took_.clear();
    for (Connection& connection : connections_) connection.next = 0;
    if (gap_ == 0) {
      for (Connection& connection : connections_) send(connection, now());
    }
    while (now() < end_) turn();
    drain();
    std::sort(took_.begin(), took_.end());
    if (took_.empty()) throw std::runtime_error("there was no answer");
    return took_;
  }

 private:
  void connect(const Server& server, int port, Connection& connection) const {
    sockaddr_in to{.sin_family = AF_INET,
                   .sin_port = htons(static_cast<std::uint16_t>(port)),
                   .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    for (;;) {
      connection.descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
      require(connection.descriptor >= 0, "socket");
      if (::connect(connection.descriptor, reinterpret_cast<sockaddr*>(&to), sizeof(to)) == 0)
        break;
      // It may not listen so soon.
      require(errno == ECONNREFUSED && !server.ended(), "connect");
      close(connection.descriptor);
      usleep(10'000);
    }
    const int one = 1;
    setsockopt(connection.descriptor, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    fcntl(connection.descriptor, F_SETFL, O_NONBLOCK);
    epoll_event event{.events = EPOLLIN, .data = {.ptr = &connection}};
    require(epoll_ctl(epoll_, EPOLL_CTL_ADD, connection.descriptor, &event) == 0, "epoll_ctl");
  }

  static void send(Connection& connection, Time when) {
    connection.busy = true;
    connection.got = 0;
    connection.sent = when;
    require(write(connection.descriptor, message.data(), messageBytes) == messageBytes, "write");
  }

  Time due(std::int64_t request) const {
    return begin_ + Nanoseconds(static_cast<std::int64_t>(static_cast<double>(request) * gap_));
  }
  Time nextDue(const Connection& connection) const {
    const auto count = static_cast<std::int64_t>(connections_.size());
    return due(&connection - connections_.data() + connection.next * count);
  }
  void sendDue(Connection& connection) {
    send(connection, nextDue(connection));
    ++connection.next;
  }

  void turn() {
    Time until = end_;
    if (gap_ > 0) {
      const Time time = now();
      for (; due(cursor_) <= time; ++cursor_) {
        Connection& connection = connections_[cursor_ % connections_.size()];
        if (!connection.busy && nextDue(connection) <= time) sendDue(connection);
      }
      until = std::min(until, due(cursor_));
    }
    for (const epoll_event& event : await(until)) {
      Connection& connection = *static_cast<Connection*>(event.data.ptr);
      if (!answered(connection)) continue;
      if (gap_ == 0) {
        send(connection, now());
      } else if (nextDue(connection) <= now()) {
        sendDue(connection);
      }
    }
  }

  std::span<const epoll_event> await(Time until) {
    const Nanoseconds left = std::max(Nanoseconds(until - now()), Nanoseconds(0));
    const timespec time{.tv_sec = left.count() / 1'000'000'000,
                        .tv_nsec = left.count() % 1'000'000'000};
    const int count =
        epoll_pwait2(epoll_, events_.data(), static_cast<int>(events_.size()), &time, nullptr);
    return std::span(events_).first(static_cast<std::size_t>(std::max(count, 0)));
  }

  bool answered(Connection& connection) {
    std::array<char, messageBytes> into;
    const ssize_t got = read(connection.descriptor, into.data(), messageBytes - connection.got);
    if (got < 0 && errno == EAGAIN) return false;
    require(got > 0, "a connection was lost");
    connection.got += static_cast<std::size_t>(got);
    if (connection.got < messageBytes) return false;
    connection.busy = false;
    const Time time = now();
    if (connection.sent >= counted_ && time < end_) {
      took_.push_back(std::chrono::duration<double, std::micro>(time - connection.sent).count());
    }
    return true;
  }

  // What is still under way, at most a second.
  void drain() {
    const Time until = now() + std::chrono::seconds(1);
    const auto busy = [](const Connection& connection) { return connection.busy; };
    while (now() < until && std::any_of(connections_.begin(), connections_.end(), busy)) {
      for (const epoll_event& event : await(until)) {
        answered(*static_cast<Connection*>(event.data.ptr));
      }
    }
    if (std::any_of(connections_.begin(), connections_.end(), busy)) {
      throw std::runtime_error("a request was not answered within a second");
    }
  }

  const int epoll_;
  std::vector<Connection> connections_;
  std::array<epoll_event, 256> events_{};
  std::vector<double> took_;  // microseconds
  Time begin_{};
  Time counted_{};
  Time end_{};
  double gap_ = 0;           // nanoseconds between two requests
  std::int64_t cursor_ = 0;  // of the whole schedule
};

}  // namespace

void loadEcho(const char* peer, const char* metricsEnd, char* const* server) {
  const auto seconds = static_cast<double>(size("ECHO_MILLISECONDS", 4000)) / 1000;
  const auto rate = static_cast<double>(size("ECHO_RATE", 20'000));
  const auto say = [&](const char* metric, double value, const char* unit) {
    fmt::print("{}\techo\t{}{}\t{:.6g}\t{}\n", peer, metric, metricsEnd, value, unit);
  };
  const int port = freePort();
  const Server process(server, port);
  Load load(process, port, size("ECHO_CONNECTIONS", 1000));
  const std::vector<double> flat = load.run(seconds, 0);
  say("request", seconds * 0.9 * 1e9 / static_cast<double>(flat.size()), "ns");
  const std::vector<double> steady = load.run(seconds, rate);
  say("p50_at_rate", steady[steady.size() / 2], "us");
  say("p99_at_rate", steady[steady.size() * 99 / 100], "us");
}

}  // namespace troop::peers
