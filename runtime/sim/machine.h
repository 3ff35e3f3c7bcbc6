// A machine of the simulated network (runtime/sim/network.h): what runs in its troop opens sockets
// there, and its power may fail.
//
// Killing its troop is the end of a program: the system closes what it had open, and the others are
// told. A crash is the end of the machine: nobody is told anything, what is sent to it is lost, and
// once it has been started again it knows no connection of before.
//
// Ownership: the handle, whose end kills the troop. Threads: Tasks of a simulated run, outside of
// which the constructor throws Error (failed). Limits: 65,534 in a run. Misuse: what one of
// its Tasks shares with Tasks of other machines by other means than the network.
//
//   sim::Machine server({.name = "server"});
//   server.troop().thread({"serve"}, serve);
//   server.crash();
//   server.restart();
//   server.troop().thread({"serve"}, serve);
#pragma once

#include <cstdint>
#include <string>

#include "runtime/ref.h"
#include "runtime/troop.h"

namespace [[gnu::visibility("hidden")]] troop {

class SimulatedReactor;

namespace sim {

class Machine {
 public:
  // In the troop of the calling Task.
  explicit Machine(TroopOptions options);
  ~Machine();
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  // Of now: restart() makes another one.
  Troop& troop() const noexcept { return *troop_; }
  // "10.0.0.2"; the first one made is number 2.
  std::string ip() const;

  void crash();
  // With an empty troop. After a crash, or after its troop was killed.
  void restart();

  // Nothing of the one arrives at the other until heal().
  static void cut(const Machine& one, const Machine& other);
  static void heal(const Machine& one, const Machine& other);

 private:
  void start();

  SimulatedReactor& reactor_;
  const std::uint16_t number_;
  const TroopOptions options_;
  const Ref<Troop> group_;
  Ref<Troop> troop_;
};

}  // namespace sim
}  // namespace troop
