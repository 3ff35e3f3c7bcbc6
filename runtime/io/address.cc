#include "runtime/io/address.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cstddef>
#include <cstring>

namespace troop {
namespace {

Error unreadable(std::string_view text) {
  return Error(ErrorKind::failed,
               fmt::format("'{}' is no address: 127.0.0.1:80 or [::1]:80 is one", text),
               ErrorDetail::none, Executed::no);
}

}  // namespace

Expected<Address> Address::parse(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return unreadable(text);
  std::uint16_t port = 0;
  const char* end = text.data() + text.size();
  const auto number = std::from_chars(text.data() + colon + 1, end, port);
  if (number.ec != std::errc() || number.ptr != end) return unreadable(text);
  std::string host(text.substr(0, colon));
  if (host.find('\0') != std::string::npos) return unreadable(text);
  Address result;
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
    result.raw_.ip6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    result.length_ = sizeof(sockaddr_in6);
    if (inet_pton(AF_INET6, host.c_str(), &result.raw_.ip6.sin6_addr) == 1) return result;
  } else {
    result.raw_.ip4 = {.sin_family = AF_INET, .sin_port = htons(port)};
    result.length_ = sizeof(sockaddr_in);
    if (inet_pton(AF_INET, host.c_str(), &result.raw_.ip4.sin_addr) == 1) return result;
  }
  return unreadable(text);
}

Expected<Address> Address::ofPath(std::string_view path) {
  Address result;
  sockaddr_un& local = result.raw_.local;
  if (path.empty() || path.size() >= sizeof(local.sun_path)) {
    return Error(ErrorKind::failed,
                 fmt::format("the path of a socket has 1 to {} bytes, not {}",
                             sizeof(local.sun_path) - 1, path.size()),
                 ErrorDetail::none, Executed::no);
  }
  if (path.find('\0', 1) != std::string_view::npos) {
    return Error(ErrorKind::failed, "the path of a socket has a byte that is 0 at its start only",
                 ErrorDetail::none, Executed::no);
  }
  local.sun_family = AF_UNIX;
  std::memcpy(local.sun_path, path.data(), path.size());
  const std::size_t terminator = path.front() == '\0' ? 0 : 1;
  result.length_ =
      static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + terminator);
  return result;
}

Address Address::loopback(std::uint16_t port) noexcept {
  Address result;
  result.raw_.ip4 = {.sin_family = AF_INET,
                     .sin_port = htons(port),
                     .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
  result.length_ = sizeof(sockaddr_in);
  return result;
}

Address Address::anyInterface(std::uint16_t port) noexcept {
  Address result = loopback(port);
  result.raw_.ip4.sin_addr.s_addr = htonl(INADDR_ANY);
  return result;
}

std::uint16_t Address::port() const noexcept {
  if (family() == AF_INET) return ntohs(raw_.ip4.sin_port);
  return family() == AF_INET6 ? ntohs(raw_.ip6.sin6_port) : 0;
}

Address Address::withPort(std::uint16_t port) const noexcept {
  Address result = *this;
  if (family() == AF_INET) result.raw_.ip4.sin_port = htons(port);
  if (family() == AF_INET6) result.raw_.ip6.sin6_port = htons(port);
  return result;
}

std::string Address::text() const {
  std::array<char, INET6_ADDRSTRLEN> host{};
  switch (family()) {
    case AF_INET:
      inet_ntop(AF_INET, &raw_.ip4.sin_addr, host.data(), host.size());
      return fmt::format("{}:{}", host.data(), port());
    case AF_INET6:
      inet_ntop(AF_INET6, &raw_.ip6.sin6_addr, host.data(), host.size());
      return fmt::format("[{}]:{}", host.data(), port());
    case AF_UNIX: {
      const std::size_t bytes = length_ - offsetof(sockaddr_un, sun_path);
      const std::string path(raw_.local.sun_path, bytes);
      if (bytes == 0) return "a socket without a path";
      return path.front() == '\0' ? "@" + path.substr(1) : path.substr(0, path.find('\0'));
    }
    default:
      return "nowhere";
  }
}

bool operator==(const Address& a, const Address& b) noexcept {
  return a.length_ == b.length_ && std::memcmp(&a.raw_, &b.raw_, a.length_) == 0;
}

}  // namespace troop
