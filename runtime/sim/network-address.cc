#include "runtime/sim/network-address.h"

#include <netinet/in.h>
#include <sys/un.h>

#include <algorithm>
#include <cstddef>
#include <cstring>

namespace troop::sim {
namespace {

constexpr std::uint32_t network4 = 0x0a000000;  // 10.0.0.0, and the number in the last 16 bits
constexpr std::uint32_t numberMask = 0xffff;
constexpr std::uint32_t loopback4 = 0x7f000000;
constexpr std::uint8_t network6 = 0xfd;  // fd00::, and the number in the last 16 bits

union Raw {
  sockaddr_un local;  // the largest first, so that all of it is 0 at the start
  sockaddr any;
  sockaddr_in ip4;
  sockaddr_in6 ip6;
};

bool isMachine(const in6_addr& address) {
  return address.s6_addr[0] == network6 && std::all_of(address.s6_addr + 1, address.s6_addr + 14,
                                                       [](auto byte) { return byte == 0; });
}

void readAddress(const sockaddr_in& raw, Spot& spot) {
  const std::uint32_t address = ntohl(raw.sin_addr.s_addr);
  spot.port = ntohs(raw.sin_port);
  if (address == INADDR_ANY) {
    spot.reach = Reach::any;
  } else if ((address >> 24) == (loopback4 >> 24)) {
    spot.reach = Reach::loopback;
  } else if ((address & ~numberMask) == network4) {
    spot.reach = Reach::machine;
    spot.machine = static_cast<MachineNumber>(address & numberMask);
  } else {
    spot.reach = Reach::elsewhere;
  }
}

void readAddress(const sockaddr_in6& raw, Spot& spot) {
  spot.port = ntohs(raw.sin6_port);
  if (IN6_IS_ADDR_UNSPECIFIED(&raw.sin6_addr)) {
    spot.reach = Reach::any;
  } else if (IN6_IS_ADDR_LOOPBACK(&raw.sin6_addr)) {
    spot.reach = Reach::loopback;
  } else if (isMachine(raw.sin6_addr)) {
    spot.reach = Reach::machine;
    spot.machine =
        static_cast<MachineNumber>(raw.sin6_addr.s6_addr[14] << 8 | raw.sin6_addr.s6_addr[15]);
  } else {
    spot.reach = Reach::elsewhere;
  }
}

std::string pathOf(const sockaddr_un& raw, std::size_t bytes) {
  std::string path(raw.sun_path, bytes);
  // One in a folder ends at its first zero; one that stands in none begins with it.
  if (!path.empty() && path.front() != '\0') path.resize(std::strlen(path.c_str()));
  return path;
}

socklen_t put(const Spot& spot, Raw& raw) {
  raw.any.sa_family = static_cast<sa_family_t>(spot.family);
  if (spot.family == AF_INET) {
    std::uint32_t address = spot.reach == Reach::loopback ? loopback4 + 1 : INADDR_ANY;
    if (spot.reach == Reach::machine) address = network4 + spot.machine;
    raw.ip4.sin_addr.s_addr = htonl(address);
    raw.ip4.sin_port = htons(spot.port);
    return sizeof(raw.ip4);
  }
  if (spot.family == AF_INET6) {
    raw.ip6.sin6_port = htons(spot.port);
    auto& bytes = raw.ip6.sin6_addr.s6_addr;
    if (spot.reach == Reach::loopback) bytes[15] = 1;
    if (spot.reach == Reach::machine) {
      bytes[0] = network6;
      bytes[14] = static_cast<std::uint8_t>(spot.machine >> 8);
      bytes[15] = static_cast<std::uint8_t>(spot.machine);
    }
    return sizeof(raw.ip6);
  }
  const std::size_t bytes = std::min(spot.path.size(), sizeof(raw.local.sun_path));
  std::memcpy(raw.local.sun_path, spot.path.data(), bytes);
  // With the zero behind a path in a folder, as the system has it.
  const bool hasEnd = bytes > 0 && bytes < sizeof(raw.local.sun_path) && spot.path[0] != '\0';
  return static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + bytes + (hasEnd ? 1 : 0));
}

}  // namespace

Spot spotOf(const sockaddr* address, socklen_t length) {
  Raw raw{};
  std::memcpy(&raw, address, std::min<std::size_t>(length, sizeof(raw)));
  Spot spot{.family = raw.any.sa_family};
  if (spot.family == AF_INET) {
    readAddress(raw.ip4, spot);
  } else if (spot.family == AF_INET6) {
    readAddress(raw.ip6, spot);
  } else if (spot.family == AF_UNIX) {
    spot.reach = Reach::path;
    spot.path = pathOf(raw.local, length - offsetof(sockaddr_un, sun_path));
  } else {
    spot.reach = Reach::elsewhere;
  }
  return spot;
}

void write(const Spot& spot, sockaddr* address, socklen_t* length) {
  Raw raw{};
  const socklen_t whole = put(spot, raw);
  std::memcpy(address, &raw, std::min(whole, *length));
  *length = whole;
}

}  // namespace troop::sim
