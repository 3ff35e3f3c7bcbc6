#include "runtime/io/names/question.h"

#include <ares.h>
#include <arpa/nameser.h>
#include <fmt/format.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>

namespace troop::names {
namespace {

constexpr std::size_t nameBytesMax = 253;
constexpr std::size_t labelBytesMax = 63;

// RFC 1035, 4.1.1: a header of twelve bytes, the question behind it.
//
//   | number : 16 | QR : 1 | opcode : 4 | AA TC RD : 3 | RA Z : 4 | RCODE : 4 | counts : 4 * 16 |
constexpr std::size_t headerBytes = 12;
constexpr unsigned answerBit = 0x80;     // of byte 2
constexpr unsigned truncatedBit = 0x02;  // of byte 2
constexpr unsigned codeMask = 0x0f;      // of byte 3

bool isDigit(char c) noexcept {
  return c >= '0' && c <= '9';
}
bool isInLabel(char c) noexcept {
  return isDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
}

unsigned byteAt(std::span<const std::byte> message, std::size_t at) noexcept {
  return std::to_integer<unsigned>(message[at]);
}

std::byte lower(std::byte byte) noexcept {
  const auto c = std::to_integer<unsigned char>(byte);
  return c >= 'A' && c <= 'Z' ? std::byte(c + ('a' - 'A')) : byte;
}

Address withoutPort(const in_addr& host) noexcept {
  Address address = Address::loopback();
  reinterpret_cast<sockaddr_in*>(address.raw())->sin_addr = host;
  return address;
}

Address withoutPort(const ares_in6_addr& host) noexcept {
  Address address;
  *address.lengthToWrite() = sizeof(sockaddr_in6);
  auto* const raw = reinterpret_cast<sockaddr_in6*>(address.raw());
  raw->sin6_family = AF_INET6;
  std::memcpy(&raw->sin6_addr, &host, sizeof(raw->sin6_addr));
  return address;
}

template <typename Found>
int read(std::span<const std::byte> message, std::vector<Address>& addresses,
         int (*parse)(const unsigned char*, int, hostent**, Found*, int*),
         const auto Found::* host) {
  std::array<Found, Question::addressesMax> found{};
  int count = static_cast<int>(found.size());
  const int error = parse(reinterpret_cast<const unsigned char*>(message.data()),
                          static_cast<int>(message.size()), nullptr, found.data(), &count);
  if (error != ARES_SUCCESS) return error;
  for (int i = 0; i < count; ++i) addresses.push_back(withoutPort(found[i].*host));
  return error;
}

}  // namespace

bool canBeHost(std::string_view name) noexcept {
  if (name.empty() || name.size() > nameBytesMax) return false;
  for (std::string_view rest = name;;) {
    const std::size_t dot = rest.find('.');
    const std::string_view label = rest.substr(0, dot);
    if (label.empty() || label.size() > labelBytesMax) return false;
    if (!std::all_of(label.begin(), label.end(), isInLabel)) return false;
    if (dot == std::string_view::npos) return !std::all_of(label.begin(), label.end(), isDigit);
    rest.remove_prefix(dot + 1);
  }
}

Expected<Question> Question::make(std::string_view name, int family, std::uint16_t number) {
  unsigned char* written = nullptr;
  int bytes = 0;
  const int type = family == AF_INET6 ? ns_t_aaaa : ns_t_a;
  const int error = canBeHost(name) ? ares_create_query(std::string(name).c_str(), ns_c_in, type,
                                                        number, 1, &written, &bytes, 0)
                                    : ARES_EBADNAME;
  if (error != ARES_SUCCESS) {
    return Error(error == ARES_ENOMEM ? ErrorKind::overloaded : ErrorKind::failed,
                 fmt::format("'{}' cannot be asked for: {}", name, ares_strerror(error)),
                 ErrorDetail::none, Executed::no);
  }
  const std::unique_ptr<unsigned char, void (*)(void*)> owned(written, ares_free_string);
  const auto* begin = reinterpret_cast<const std::byte*>(written);
  Question question(family);
  question.message_.assign(begin, begin + bytes);
  return question;
}

bool Question::isAnsweredBy(std::span<const std::byte> message) const noexcept {
  if (message.size() < message_.size()) return false;
  if ((byteAt(message, 2) & answerBit) == 0) return false;
  if (message[0] != message_[0] || message[1] != message_[1]) return false;
  // It repeats the one question, and may write the name in other letters.
  return std::equal(message_.begin() + 4, message_.begin() + 6, message.begin() + 4) &&
         std::equal(message_.begin() + headerBytes, message_.end(), message.begin() + headerBytes,
                    [](std::byte a, std::byte b) { return lower(a) == lower(b); });
}

Question::Heard Question::read(std::span<const std::byte> message) {
  if (isAnswered_ || !isAnsweredBy(message)) return Heard::nothing;
  if ((byteAt(message, 2) & truncatedBit) != 0) return Heard::truncated;
  switch (byteAt(message, 3) & codeMask) {
    case ns_r_noerror:
      return readAddresses(message);
    case ns_r_nxdomain:
      isAnswered_ = true;
      isOfNoName_ = true;
      return Heard::noSuchName;
    default:
      return Heard::refusal;
  }
}

Question::Heard Question::readAddresses(std::span<const std::byte> message) {
  const int error =
      family_ == AF_INET6
          ? names::read(message, addresses_, ares_parse_aaaa_reply, &ares_addr6ttl::ip6addr)
          : names::read(message, addresses_, ares_parse_a_reply, &ares_addrttl::ipaddr);
  if (error != ARES_SUCCESS && error != ARES_ENODATA) {
    addresses_.clear();
    return Heard::unreadable;
  }
  isAnswered_ = true;
  return Heard::addresses;
}

}  // namespace troop::names
