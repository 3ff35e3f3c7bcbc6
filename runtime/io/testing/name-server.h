// A name server of a test's own, at a port of the loopback for datagrams and connections, that says
// what the test wants it to.
//
// Ownership: a local variable, which its Scope does not outlive: stop() first. Threads: the Tasks
// of one Thread.
//
//   Scope scope;
//   tests::NameServer server(scope, [](const tests::Asked& asked) {
//     return std::vector{asked.found({"::1"})};
//   });
//   ... {.servers = {server.address()}} ...
//   server.stop();
#pragma once

#include <arpa/inet.h>
#include <arpa/nameser.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "runtime/io/address.h"
#include "runtime/io/tcp-listener.h"
#include "runtime/io/tcp-stream.h"
#include "runtime/io/udp-socket.h"
#include "runtime/scope.h"
#include "runtime/task.h"

namespace [[gnu::visibility("hidden")]] troop {
namespace tests {

inline std::span<const std::byte> bytesOf(const std::string& text) {
  return std::as_bytes(std::span(text));
}
inline std::string sixteen(std::size_t number) {
  return {static_cast<char>(number >> 8), static_cast<char>(number)};
}

// A question as it has arrived, and the messages that answer it.
struct Asked {
  std::string message;
  std::string name;  // with dots between
  int type = 0;
  bool byConnection = false;

  explicit Asked(std::string arrived, bool connected)
      : message(std::move(arrived)), byConnection(connected) {
    std::size_t at = 12;
    while (at < message.size() && message[at] != 0) {
      if (!name.empty()) name += '.';
      name += message.substr(at + 1, static_cast<unsigned char>(message[at]));
      at += 1 + static_cast<unsigned char>(message[at]);
    }
    type = at + 2 < message.size() ? static_cast<unsigned char>(message[at + 2]) : 0;
  }

  bool isForSix() const noexcept { return type == ns_t_aaaa; }

  // Its header with those flags and that code, how many records follow, and the question.
  std::string header(unsigned flags, unsigned code, std::size_t records) const {
    return message.substr(0, 2) + static_cast<char>(0x80 | flags) + static_cast<char>(code) +
           sixteen(1) + sixteen(records) + sixteen(0) + sixteen(0) + message.substr(12);
  }
  std::string refusal(unsigned code) const { return header(0, code, 0); }
  std::string truncated() const { return header(0x02, 0, 0); }
  // Those of `addresses` that are of the family that it asks for.
  std::string found(const std::vector<std::string>& addresses) const {
    std::string records;
    std::size_t count = 0;
    for (const std::string& text : addresses) {
      std::array<char, 16> host{};
      const int family = isForSix() ? AF_INET6 : AF_INET;
      if (inet_pton(family, text.c_str(), host.data()) != 1) continue;
      const std::size_t bytes = isForSix() ? 16 : 4;
      records += "\xc0\x0c" + sixteen(static_cast<std::size_t>(type)) + sixteen(1) + sixteen(0) +
                 sixteen(60) + sixteen(bytes) + std::string(host.data(), bytes);
      ++count;
    }
    return header(0, 0, count) + records;
  }
};

class NameServer {
 public:
  // What is sent back, in turn; nothing: nothing.
  using Says = std::function<std::vector<std::string>(const Asked& asked)>;

  NameServer(Scope& scope, Says says) : NameServer(scope, std::move(says), Address::loopback()) {}
  NameServer(Scope& scope, Says says, const Address& at) : says_(std::move(says)) {
    while (!listener_) {
      datagrams_.emplace(UdpSocket::open(at).value());
      // Somebody else may listen there.
      Expected<TcpListener> opened = TcpListener::open(datagrams_->address());
      if (opened.succeeded()) listener_.emplace(*std::move(opened));
    }
    scope.task([this] {
      answerDatagrams();
      --running_;
    });
    scope.task([this] {
      answerConnections();
      --running_;
    });
  }

  const Address& address() const noexcept { return datagrams_->address(); }
  int asked() const noexcept { return asked_; }
  void stop() {
    datagrams_->close();
    listener_->close();
    while (running_ > 0) yield();
  }

 private:
  void answerDatagrams() {
    std::array<std::byte, 512> buffer;
    for (;;) {
      const Expected<Datagram> got = datagrams_->receive(buffer);
      if (got.failed()) return;
      ++asked_;
      const Asked asked({reinterpret_cast<const char*>(buffer.data()), got->bytes}, false);
      for (const std::string& message : says_(asked)) {
        datagrams_->send(bytesOf(message), got->from).value();
      }
    }
  }

  void answerConnections() {
    for (;;) {
      Expected<TcpStream> stream = listener_->accept();
      if (stream.failed()) return;
      ++asked_;
      std::string arrived;
      std::array<std::byte, 512> buffer;
      while (arrived.size() < 2 || arrived.size() < 2U + static_cast<unsigned char>(arrived[1])) {
        const std::size_t got = stream->read(buffer).value();
        if (got == 0) break;
        arrived.append(reinterpret_cast<const char*>(buffer.data()), got);
      }
      for (const std::string& message : says_(Asked(arrived.substr(2), true))) {
        stream->write(sixteen(message.size()) + message).value();
      }
    }
  }

  const Says says_;
  std::optional<UdpSocket> datagrams_;
  std::optional<TcpListener> listener_;
  int asked_ = 0;
  int running_ = 2;  // Tasks that use this
};

}  // namespace tests
}  // namespace troop
