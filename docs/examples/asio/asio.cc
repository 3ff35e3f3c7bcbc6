// Troop in a Boost.Asio program. The io_context and its one OS thread stay the program's own;
// Threads of Troop do what would block it. A server answers a line with the count of primes below
// the number in it, and clients ask it.
#include <boost/asio.hpp>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "runtime/event.h"
#include "runtime/process.h"
#include "runtime/task.h"

namespace asio = boost::asio;
using asio::ip::tcp;

// Waits in a Task for what Asio completes with a handler (error, result): the carrier runs others
// meanwhile. Where the Task is cancelled first, the handler still has what it works on: `kept`.
template <typename Result = std::monostate, typename Kept, typename Start>
Result await(std::shared_ptr<Kept> kept, Start start) {
  struct State {
    std::shared_ptr<Kept> kept;
    troop::Event done;
    boost::system::error_code error;
    Result result{};
  };
  const auto state = std::make_shared<State>();
  state->kept = std::move(kept);
  start([state](boost::system::error_code error, Result result = {}) {
    state->error = error;
    state->result = std::move(result);
    state->done.set();
  });
  state->done.wait();
  if (state->error) throw boost::system::system_error(state->error);
  return std::move(state->result);
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
  await<std::size_t>(
      c, [&](auto handler) { asio::async_write(c->socket, asio::buffer(c->text), handler); });
}
void receiveLine(const std::shared_ptr<Connection>& c) {
  c->text.clear();
  await<std::size_t>(c, [&](auto handler) {
    asio::async_read_until(c->socket, asio::dynamic_buffer(c->text), '\n', handler);
  });
}
void serve(std::shared_ptr<Connection> c) {
  receiveLine(c);
  c->text = std::to_string(primesBelow(std::stoi(c->text))) + "\n";
  const auto pause = std::make_shared<asio::steady_timer>(c->socket.get_executor());
  pause->expires_after(std::chrono::milliseconds(1));
  await(pause, [&](auto handler) { pause->async_wait(handler); });
  sendLine(c);
}
void ask(std::shared_ptr<Connection> c, tcp::endpoint server, int bound, int* left,
         asio::io_context* io) {
  await(c, [&](auto handler) { c->socket.async_connect(server, handler); });
  c->text = std::to_string(bound) + "\n";
  sendLine(c);
  receiveLine(c);
  // The thread of the io_context gets the result, and has waited for nobody.
  asio::post(*io, [=] {
    std::printf("below %d: %s", bound, c->text.c_str());
    if (--*left == 0) io->stop();
  });
}

int main() {
  asio::io_context io;
  const auto work = asio::make_work_guard(io);
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
    process.root().thread(
        {"client"}, ask,
        troop::assumeSendable(std::make_shared<Connection>(Connection{tcp::socket(io)})),
        troop::assumeSendable(acceptor.local_endpoint()), bound, troop::assumeSendable(&left),
        troop::assumeSendable(&io));
  }
  io.run();
}
