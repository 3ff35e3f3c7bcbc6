// Where a socket of the simulated network is: an address of the system's calls, taken apart.
//
// Machine number n has the addresses 10.0.0.n and fd00::n, a loopback and paths of its own.
//
// Ownership: a value. Threads: any. Limits: machines 1 to 65,535; of a path, as many bytes as an
// address of the system has. Fails: std::bad_alloc; what is no address of this network is
// `elsewhere`. Misuse: writing one that is `elsewhere`, which has kept no address; a `length`
// beyond what stands at `address`.
//
//   Spot spot = spotOf(raw, length);     // {.reach = machine, .machine = 2, .port = 80}
#pragma once

#include <sys/socket.h>

#include <compare>
#include <cstdint>
#include <string>

namespace [[gnu::visibility("hidden")]] troop {
namespace sim {

using MachineNumber = std::uint16_t;  // from 1
inline constexpr MachineNumber machinesMax = 65'534;

enum class Reach : unsigned char {
  any,        // whatever the machine has
  loopback,   // the machine that asks
  machine,    // the one of that number
  path,       // of a Unix socket
  elsewhere,  // nothing of this network
};

struct Spot {
  int family = AF_UNSPEC;
  Reach reach = Reach::any;
  MachineNumber machine = 0;
  std::uint16_t port = 0;
  std::string path;  // as the system's calls have it; one without a name has none

  friend auto operator<=>(const Spot&, const Spot&) = default;
};

Spot spotOf(const sockaddr* address, socklen_t length);

// As much of it as there is room for, and its whole length.
void write(const Spot& spot, sockaddr* address, socklen_t* length);

}  // namespace sim
}  // namespace troop
