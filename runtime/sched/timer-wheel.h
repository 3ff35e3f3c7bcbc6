// Timers in the order in which they are due, of which most are removed before they are: each is
// added and removed in constant time, and moved a few times at most while its time comes nearer.
//
// Time is cut into ticks of 2^18 ns (262 µs), and the number of a tick into digits of 8 bits. A
// timer stands at the level of the highest digit in which its tick differs from the one that the
// wheel has come to, in the slot of that digit: at level 0 a slot is one tick, at level 1 it is 256
// of them (67 ms), then 17 s, 73 min, 13 days, 9 years. When the wheel comes to a slot, what is in
// it moves to lower levels, and at last, sorted, to those that are due soon.
//
//     level 1   [ |x| | |..| ]     67 ms to 134 ms from the begin of the level
//     level 0   [ | |xx| |..| ]    the ticks up to the next slot of level 1
//     soon      x x                of the tick that it has come to, and earlier
//
//   1. what is in a slot is later than all in lower levels, and than all in slots before it
//   2. timers due at the same time are in the same slot, in the order in which they were added,
//      but for those that are added while others of that slot move
//
// After Varghese and Lauck, "Hashed and Hierarchical Timing Wheels" (1987), but for the sorting:
// here each is due at its time, not at the end of its tick.
//
// Ownership: none; a timer is removed before it dies. Threads: one at a time. Limits: those of one
// tick are sorted at once, which takes 3 ms for 10,000 of them, and 6 s for a million.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "runtime/base/list.h"
#include "runtime/time.h"

namespace [[gnu::visibility("hidden")]] troop {

// What has a time at which it is due. Derived classes are armed in at most one Timers at a time.
class Timer : public ListHook<struct TimerTag> {
 public:
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;
  bool armed() const noexcept { return linked(); }  // under the lock of the Timers

 protected:
  Timer() = default;
  ~Timer() = default;

  // Called once when due, under the lock of the Timers: wakes somebody and returns.
  virtual void due() noexcept = 0;

 private:
  friend class Timers;
  friend class TimerWheel;

  Time when_ = never;
  // It was armed last, and due() has returned: nothing touches it any more.
  std::atomic<bool> fired_{false};
};

using TimerList = List<Timer, TimerTag>;

class TimerWheel {
 public:
  void add(Timer& timer, Time when) noexcept;
  void remove(Timer& timer) noexcept;

  // Removes the first one that is due at `now`. Null: none is, or there is more to move first, so
  // that the caller, who may have held a lock for long, asks again.
  Timer* takeDue(Time now) noexcept;
  bool isMoving() const noexcept { return !moving_.empty() || !arrived_.empty(); }

  // Says that it is `now`, so that what is added next is near it; takes nothing out of slots.
  void comeTo(Time now) noexcept;

  // When the first one is due, or earlier where another one of its slot was removed; `never`: there
  // is none.
  Time next() noexcept;

  std::size_t count() const noexcept { return count_; }

 private:
  static constexpr unsigned tickShift = 18;
  static constexpr unsigned digitBits = 8;
  static constexpr unsigned slotsOfLevel = 1U << digitBits;
  static constexpr unsigned levels = 6;
  static constexpr unsigned wordBits = 64;

  struct Slot {
    TimerList timers;
    Time least = never;  // of those that were added since it was empty
  };
  struct Place {
    unsigned level;
    unsigned digit;
  };

  static std::uint64_t tickOf(Time when) noexcept;
  static bool isSorted(const TimerList& timers) noexcept;
  static void sort(TimerList& timers) noexcept;
  // Takes those of `earlier`, of which equals were added before, to their places in `merged`.
  static void merge(TimerList& earlier, TimerList& merged) noexcept;
  // Of a tick that it has not come to.
  Place placeOf(std::uint64_t tick) const noexcept;
  Slot& slotAt(Place place) noexcept { return slots_[place.level][place.digit]; }
  void put(Timer& timer) noexcept;
  void putSoon(Timer& timer) noexcept;
  // The first slot that holds something; false: none does. Forgets those that no longer do.
  bool findFirst(Place& place) noexcept;
  std::uint64_t beginOf(Place place) const noexcept;
  // Comes to `tick`, or to the first slot before it that holds something, which it empties: true.
  bool advance(std::uint64_t tick) noexcept;
  void moveSome() noexcept;

  std::uint64_t tick_ = 0;  // that it has come to
  TimerList soon_;          // of that tick, and earlier; in order
  std::size_t count_ = 0;
  TimerList moving_;   // from a slot that it has come to
  TimerList arrived_;  // of those the ones that are due soon, until all have moved
  Time movingLeast_ = never;
  // A bit a slot that holds something, or did.
  std::array<std::array<std::uint64_t, slotsOfLevel / wordBits>, levels> occupied_{};
  std::array<std::array<Slot, slotsOfLevel>, levels> slots_;
};

}  // namespace troop
