// Troop in a Boost.Asio program. The io_context and its one OS thread stay the program's own;
// Threads of Troop do what would block it. A server answers a line with the count of primes below
// the number in it, and clients ask it.
#include <boost/asio.hpp>
#include <chrono>
#include <cstdio>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "runtime/async/future.h"
#include "runtime/process.h"
#include "runtime/task.h"

namespace asio = boost::asio;
using asio::ip::tcp;

// Waits in a Task for what Asio completes with a handler (error, ...): the carrier runs others
// meanwhile. Where the Task is cancelled first, the handler still has what it works on: `kept`.
template <typename Kept, typename Start>
void await(std::shared_ptr<Kept> kept, Start start) {
  auto [resolver, completed] = troop::future<void>();
  start([kept, to = std::move(resolver)](boost::system::error_code error, auto...) mutable {
    if (error) return to.fail(std::make_exception_ptr(boost::system::system_error(error)));
    to.resolve();
  });
  completed.get().value();
}

struct Connection {
  tcp::socket socket;
  std::string text{};
};

int primesBelow(int bound) {
  int count = 0;
  for (int n = 2; n < bound; ++n) {
    bool prime = true;
    for (int divisor = 2; prime && divisor * divisor <= n; ++divisor) prime = n % divisor != 0;
    count += prime ? 1 : 0;
    if (n % 1000 == 0) troop::yield();  // other connections are served, too
  }
  return count;
}

// Threads, written as if they blocked.
void sendLine(const std::shared_ptr<Connection>& c) {
  await(c, [&](auto handler) {
    asio::async_write(c->socket, asio::buffer(c->text), std::move(handler));
  });
}
void receiveLine(const std::shared_ptr<Connection>& c) {
  c->text.clear();
  await(c, [&](auto handler) {
    asio::async_read_until(c->socket, asio::dynamic_buffer(c->text), '\n', std::move(handler));
  });
}
void serve(std::shared_ptr<Connection> c) {
  receiveLine(c);
  c->text = std::to_string(primesBelow(std::stoi(c->text))) + "\n";
  const auto pause = std::make_shared<asio::steady_timer>(c->socket.get_executor());
  pause->expires_after(std::chrono::milliseconds(1));
  await(pause, [&](auto handler) { pause->async_wait(std::move(handler)); });
  sendLine(c);
}
int ask(std::shared_ptr<Connection> c, tcp::endpoint server, int bound) {
  await(c, [&](auto handler) { c->socket.async_connect(server, std::move(handler)); });
  c->text = std::to_string(bound) + "\n";
  sendLine(c);
  receiveLine(c);
  return std::stoi(c->text);
}

int main() {
  asio::io_context io;
  troop::Process process;
  tcp::acceptor acceptor(io, {asio::ip::address_v4::loopback(), 0});
  std::function<void(boost::system::error_code, tcp::socket)> accept = [&](auto error,
                                                                           auto socket) {
    if (error) return;
    auto connection = std::make_shared<Connection>(Connection{std::move(socket)});
    process.root().thread({"server"}, serve, troop::assumeSendable(std::move(connection)));
    acceptor.async_accept(accept);
  };
  acceptor.async_accept(accept);
  int left = 3;
  for (const int bound : {100, 1000, 10000}) {
    auto connection = std::make_shared<Connection>(Connection{tcp::socket(io)});
    // The thread of the io_context gets the result, and has waited for nobody.
    (void)process.root()
        .future({"client"}, ask, troop::assumeSendable(std::move(connection)),
                troop::assumeSendable(acceptor.local_endpoint()), bound)
        .then(io.get_executor(), [&, bound](troop::Expected<int> count) {
          std::printf("below %d: %d\n", bound, count.value());
          if (--left == 0) io.stop();
        });
  }
  io.run();
}
