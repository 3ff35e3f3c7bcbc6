// Where a simulated run may go on in more than one way, it asks a ChoiceSource. What decides about
// the order of Tasks is asked in the same way as what may fail: so a run is a sequence of choices,
// and a strategy is a source of them.
//
// At every Point option 0 is what a run does where nothing special happens: the Task that runs goes
// on, of those that wait the one that waits longest is next, nothing fails. Everything else
// deviates from that.
//
// Ownership: the run's scheduler. Threads: the one that simulates. Fails: never; a source that
// answers as in another run, of a program that does something else now, answers something.
//
//   std::size_t choose(const Point& point) override { return point.options() - 1; }
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace [[gnu::visibility("hidden")]] troop {
namespace sim {

// A Task, told by the order in which things were started and not by an address, so that it is the
// same one when the run is repeated.
struct Actor {
  std::uint32_t thread = 0;  // the Thread, or another Runnable, which was woken first as the n-th
  std::uint32_t task = 0;    // Task::id(); 0: none of its Tasks is ready

  friend constexpr auto operator<=>(const Actor&, const Actor&) = default;
};

// One that is ready.
struct Candidate {
  Actor actor;
  bool yielded = false;  // it said so itself: it waits for others by letting them run
};

enum class ChoiceKind : unsigned char {
  preemption,  // the Task that runs enters a primitive: it goes on (0), or somebody else does
  next,        // the Task that ran waits, has ended or yielded: who goes on
  task,        // the Runnable that was chosen is a Thread with several ready Tasks: which of them
  // Of the network (runtime/sim/network.h): how long something is on its way (the shortest time);
  // a write takes a part, a connection breaks, a datagram is lost or arrives twice, two machines
  // are cut off from each other (none of that).
  delay,
  shortWrite,
  reset,
  loss,
  twice,
  cut,
  // Of disks (runtime/sim/disk/disk.h): what is read is not at hand, a read or write does a part
  // only, something fails, there is no room, a byte has changed; a machine crashes (none of that);
  // what a crash leaves of all that was not synced, and of one change (all of it).
  notAtHand,
  shortTransfer,
  diskError,
  diskFull,
  rot,
  crash,
  outage,
  kept,
};

class Point {
 public:
  Point(ChoiceKind kind, std::size_t options, Actor running, unsigned deviatesOneIn = 0) noexcept
      : kind_(kind), options_(options), running_(running), deviatesOneIn_(deviatesOneIn) {}

  ChoiceKind kind() const noexcept { return kind_; }
  // Who runs, or has run last.
  Actor running() const noexcept { return running_; }
  // At least 2.
  std::size_t options() const noexcept { return options_; }
  // Where what is drawn at random is to be something else than option 0 once in so many times only;
  // 0: all are equally likely.
  unsigned deviatesOneIn() const noexcept { return deviatesOneIn_; }

  // Appends who might go on with `option`: one, or several where the choice among them comes later;
  // nobody where it is not about that.
  virtual void candidates(std::size_t /*option*/, std::vector<Candidate>& /*into*/) const {}

 protected:
  ~Point() = default;

 private:
  const ChoiceKind kind_;
  const std::size_t options_;
  const Actor running_;
  const unsigned deviatesOneIn_;
};

class ChoiceSource {
 public:
  virtual ~ChoiceSource() = default;

  // One of its options.
  virtual std::size_t choose(const Point& point) = 0;
};

}  // namespace sim
}  // namespace troop

template <>
struct std::hash<troop::sim::Actor> {
  std::size_t operator()(const troop::sim::Actor& actor) const noexcept {
    return std::hash<std::uint64_t>{}(std::uint64_t{actor.thread} << 32 | actor.task);
  }
};
