// What the simulated network of a run does to what is sent over it.
//
// Each run has one: a program that uses runtime/io finds its machine there (10.0.0.1, with a
// loopback of its own), and others that it adds (runtime/sim/machine.h). Connections keep the order
// of their bytes and lose none of them, as TCP's do; datagrams may get lost, come twice and
// overtake each other. What happens is a choice of the run, so that its seed repeats it. Unix
// sockets and pipes have no delay and fail as real ones do; a write to them may be short, too.
//
// Ownership: a value, which a run copies; its network ends with it. Threads: any; of the network,
// the one that simulates. Limits: machines as runtime/sim/machine.h says; datagrams of 65,507
// bytes, of which 256 wait in a socket and more are lost. Fails: as real ones do, with disconnected
// (runtime/io/byte-stream.h), also where what was sent got nowhere for 13 minutes,
// 100 s while connecting; addresses outside of the network cannot be reached. Misuse: a program
// that opens sockets by other means than runtime/io: they reach the real network.
//
//   sim::run({.seed = 1, .network = {.lossOneIn = 10}}, program);
#pragma once

#include <cstddef>

#include "runtime/time.h"

namespace [[gnu::visibility("hidden")]] troop {
namespace sim {

struct Network {
  // How long something is on its way.
  Duration delayMin = 100us;
  Duration delayMax = 1ms;
  // Of what was written to a connection and not read, so much has room: two that both write more
  // before they read stand still.
  std::size_t roomBytes = std::size_t{1} << 20;
  // Of what is written to a connection, one in so many writes takes a part only, so that what comes
  // with the next one arrives later; 0: none.
  unsigned shortOneIn = 4;
  // Of datagrams, one in so many is lost, or arrives twice.
  unsigned lossOneIn = 0;
  unsigned twiceOneIn = 0;
  // One in so many writes to a TCP connection finds that it is broken.
  unsigned resetOneIn = 0;
  // Where two machines send each other something, once in so many times they are cut off from each
  // other, for a while.
  unsigned cutOneIn = 0;
  Duration cutMin = 100ms;
  Duration cutMax = 10s;
};

}  // namespace sim
}  // namespace troop
