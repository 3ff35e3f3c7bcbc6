// What is on its way between machines of the simulated network: delayed, lost, or held up while two
// machines are cut off from each other.
//
// Ownership: the run's SimulatedReactor; a Lane also by what it has on its way. Threads: the one
// that simulates. Misuse: what arrives must not rely on who has sent it being there still.
//
//   links.carry(1, 2, [this] { arrives(); });             // a datagram, perhaps
//   std::shared_ptr<Lane> lane = links.lane(1, 2);        // one direction of a connection
//   lane->send([this] { arrives(); });
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <utility>

#include "runtime/sim/network-address.h"
#include "runtime/sim/network.h"
#include "runtime/time.h"

namespace [[gnu::visibility("hidden")]] troop {

class SimulatedScheduler;

namespace sim {

class Lane;

class Links {
 public:
  Links(SimulatedScheduler& scheduler, const Network& network);

  // A machine is never cut off from itself.
  void cut(MachineNumber one, MachineNumber other);
  void heal(MachineNumber one, MachineNumber other);
  // Nothing leaves a machine that is off, nor arrives there.
  void switchOff(MachineNumber machine) { off_.insert(machine); }
  void switchOn(MachineNumber machine) { off_.erase(machine); }
  bool areCut(MachineNumber one, MachineNumber other) const;

  void carry(MachineNumber from, MachineNumber to, std::function<void()> arrive);
  std::shared_ptr<Lane> lane(MachineNumber from, MachineNumber to);

  const Network& network() const noexcept { return network_; }
  SimulatedScheduler& scheduler() noexcept { return scheduler_; }

 private:
  friend class Lane;
  using Pair = std::pair<MachineNumber, MachineNumber>;  // the lower number first

  static Pair pairOf(MachineNumber one, MachineNumber other) { return std::minmax(one, other); }
  // Perhaps they are cut off from each other just now.
  void drawCut(MachineNumber from, MachineNumber to);
  Duration drawDelay();
  // The n-th of the times between.
  static Duration between(Duration least, Duration most, std::size_t n);

  SimulatedScheduler& scheduler_;
  const Network network_;
  std::map<Pair, Time> cutUntil_;
  std::set<MachineNumber> off_;
};

// One direction of a connection. While there is no way through, what is first is sent again and
// again, less and less often, as TCP does.
class Lane : public std::enable_shared_from_this<Lane> {
 public:
  static constexpr Duration retryFirst = 200ms;
  static constexpr Duration retryMax = 120s;
  // So that it is given up after some 100 s, and 13 minutes.
  static constexpr unsigned triesToConnect = 9;
  static constexpr unsigned triesMax = 15;

  Lane(Links& links, MachineNumber from, MachineNumber to) : links_(links), from_(from), to_(to) {}

  // After all that was sent before.
  void send(std::function<void()> arrive);

  // What is on its way does not arrive, nor is it given up.
  void drop() noexcept;

  // Calls `givenUp` and drops all once so many tries in a row have failed.
  void giveUpAfter(unsigned tries, std::function<void()> givenUp);

 private:
  struct Parcel {
    Time due;
    std::function<void()> arrive;
  };

  void lookAt(Time when);
  void look();

  Links& links_;
  const MachineNumber from_;
  const MachineNumber to_;
  std::deque<Parcel> onItsWay_;
  unsigned tries_ = 0;
  unsigned triesMax_ = triesMax;
  std::function<void()> givenUp_;
};

}  // namespace sim
}  // namespace troop
