// Where a socket is: an IP address with a port, or the path of a Unix socket.
//
// Ownership: a value. Threads: any. Fails: what text says nothing of fails with failed, and names
// the text. Limits: a path has 107 bytes at most. Misuse: names of hosts are no addresses.
//
//   Address here = Address::loopback(8080);
//   Address there = Address::parse("[2001:db8::1]:443").value();
//   Address beside = Address::ofPath("/run/app/socket").value();
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/error.h"

namespace [[gnu::visibility("hidden")]] troop {

class Address {
 public:
  // None: text() is "nowhere".
  Address() = default;

  // "127.0.0.1:80", "[::1]:80".
  static Expected<Address> parse(std::string_view text);
  // An absolute path or one from the current folder; one that begins with a zero byte stands in no
  // folder, and ends with its socket.
  static Expected<Address> ofPath(std::string_view path);
  static Address loopback(std::uint16_t port = 0) noexcept;
  static Address anyInterface(std::uint16_t port = 0) noexcept;

  bool isPath() const noexcept { return family() == AF_UNIX; }
  // 0 for a path.
  std::uint16_t port() const noexcept;
  Address withPort(std::uint16_t port) const noexcept;
  // As parse() takes it, or the path.
  std::string text() const;

  friend bool operator==(const Address& a, const Address& b) noexcept;

  // As the system's calls have it; after those that write it, length() is what they have said.
  const sockaddr* raw() const noexcept { return &raw_.any; }
  sockaddr* raw() noexcept { return &raw_.any; }
  socklen_t length() const noexcept { return length_; }
  socklen_t* lengthToWrite() noexcept {
    length_ = sizeof(raw_);
    return &length_;
  }
  int family() const noexcept { return length_ == 0 ? AF_UNSPEC : raw_.any.sa_family; }

 private:
  union Raw {
    sockaddr_un local;  // the largest first, so that all of it is 0 at the start
    sockaddr any;
    sockaddr_in ip4;
    sockaddr_in6 ip6;
  };

  Raw raw_{};
  socklen_t length_ = 0;
};

}  // namespace troop
