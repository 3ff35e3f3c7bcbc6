// A machine of a simulated run, in its network (runtime/sim/network.h) and with a disk of its own
// (runtime/sim/disk/disk.h): what runs in its troop opens sockets and files there, and it may
// crash.
//
// Killing its troop is the end of a program: the system closes what it had open, the others are
// told, and the disk has all that was written. A crash is the end of the machine: nobody is told
// anything, what is sent to it is lost, the disk has what was synced and of the rest what is
// chosen, and once it has been started again it knows no connection of before. What its Tasks do
// while they unwind reaches nothing.
//
// It crashes when that is asked for, and where the run chooses so (Disk::crashOneIn). One that has
// a program starts it with the machine, also by itself Disk::offFor after a crash that was chosen.
//
// Ownership: the handle, whose end kills the troop. Threads: Tasks of a simulated run, outside of
// which the constructor throws Error (failed). Limits: 65,534 in a run. Fails: making one and
// restart() throw what Troop::troop() and Troop::thread() throw, beyond a limit or in a killed
// troop; where it starts by itself, nobody is told. Misuse: what one of its Tasks shares with Tasks
// of other machines by other means than the network.
//
//   sim::Machine server({.name = "server"}, serve, 80);    // calls serve(80) in a Thread
//   server.crash();
//   server.restart();                                      // calls it again
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>

#include "runtime/ref.h"
#include "runtime/sched/timers.h"
#include "runtime/troop.h"

namespace [[gnu::visibility("hidden")]] troop {

class SimulatedReactor;

namespace sim {

class Machine {
 public:
  // In the troop of the calling Task.
  explicit Machine(TroopOptions options);
  // The program has no captures; it and its arguments are Sendable, and copied for each start.
  template <typename F, typename... Arguments>
  Machine(TroopOptions options, F program, Arguments... arguments)
      : Machine(Start{}, std::move(options),
                [=](Troop& troop) { troop.thread({"main"}, program, arguments...); }) {}
  ~Machine();
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  // Of now: restart() makes another one.
  Troop& troop() const noexcept { return *troop_; }
  // "10.0.0.2"; the first one made is number 2.
  std::string ip() const;

  bool isOn() const noexcept { return isOn_; }
  // How often it was started.
  unsigned starts() const noexcept { return starts_; }

  // One that is off stays so.
  void crash();
  // With another troop, in which nothing but its program runs. What runs there is killed.
  void restart();

  // Nothing of the one arrives at the other until heal().
  static void cut(const Machine& one, const Machine& other);
  static void heal(const Machine& one, const Machine& other);

 private:
  struct Start {};  // tells the constructors apart
  Machine(Start, TroopOptions options, std::function<void(Troop&)> program);

  void start();
  void crashByChoice();

  SimulatedReactor& reactor_;
  const std::uint16_t number_;
  const TroopOptions options_;
  const std::function<void(Troop&)> program_;  // or empty
  const Ref<Troop> group_;
  Ref<Troop> troop_;
  bool isOn_ = true;
  unsigned starts_ = 0;
  TimerId comesBack_{};
};

}  // namespace sim
}  // namespace troop
