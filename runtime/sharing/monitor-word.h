// Who is inside a Monitor, whether somebody waits to enter, and whether nobody refers to it any
// more, in one word.
//
//     63                    2          1           0
//   +-----------------------+----------+-----------+
//   | address of its Waiter | orphaned |  awaited  |
//   +-----------------------+----------+-----------+
//
// `orphaned` without an address says that the place is promised.
//
// Invariants:
//   1. a place is taken by one: from `free`, or from `promised`, which is only taken with the lock
//      of the list, by the one that was woken for it
//   2. who was woken, or comes to wait while nobody is on the way to look, has set `awaited` on who
//      is inside, or has taken the place; who leaves and finds the mark asks the list, under the
//      lock under which it was set
//   3. who drops the last reference has set `orphaned` on who is inside, who destroys the Monitor
//      when it leaves, or destroys it itself; a place is given by a plain store only by who holds a
//      reference, so that no such mark is lost, and what comes after the store still exists
//
// Threads: tryEnter(), tryLeave(), isFree() and isInside() by any; orphan() and leaveForGood()
// where the last reference is gone; everything else with the lock of the list.
#pragma once

#include <atomic>
#include <cstdint>

namespace [[gnu::visibility("hidden")]] troop {

template <template <typename> class Atomic = std::atomic>
class MonitorWord {
 public:
  // An address that is a multiple of 4, and none of the first four.
  using Owner = std::uintptr_t;

  bool isInside(Owner owner) const noexcept { return insideOf(load()) == owner; }
  bool isFree() const noexcept { return load() == free; }
  // Null where that is nobody; only tells.
  Owner inside() const noexcept { return insideOf(load()); }

  // Without a look before: who finds it free, as most do, has one access the less.
  bool tryEnter(Owner owner) noexcept {
    Owner expected = free;
    // Acquire: sees what was done by who was inside before. A failure needs no order.
    return word_.compare_exchange_strong(expected, owner, std::memory_order_acquire);
  }

  // By who is inside. False: it is marked, and still inside.
  bool tryLeave(Owner owner) noexcept {
    Owner expected = owner;
    // Release: who enters next sees what was done inside.
    return word_.compare_exchange_strong(expected, free, std::memory_order_release);
  }

  // Of who was woken, or comes to wait while nobody is on the way to look; false: it is to wait,
  // which who is inside knows now.
  bool take(Owner owner) noexcept {
    Owner word = load();
    for (;;) {
      if (insideOf(word) == free) {
        if (word_.compare_exchange_weak(word, owner, std::memory_order_acquire)) return true;
      } else if (mark(word)) {
        return false;
      }
    }
  }

  // Has who is inside look for those that wait when it leaves. False: the place is free.
  bool announce() noexcept {
    Owner word = load();
    while (word != free) {
      if (mark(word)) return true;
    }
    return false;
  }

  // By who is inside, where nobody waits: as if it had not been marked.
  void unmark(Owner owner) noexcept { word_.store(owner, std::memory_order_relaxed); }

  // By who is inside, with a reference: to whoever comes first, or to the one that is about to be
  // woken. Both release what was done inside.
  void giveFree() noexcept { word_.store(free, std::memory_order_release); }
  void givePromised() noexcept { word_.store(promised, std::memory_order_release); }

  // By who has dropped the last reference. True: nobody is inside, nor will be, and the Monitor is
  // the caller's; false: it is that of who is inside.
  bool orphan() noexcept {
    // Acquire: what was done inside comes before the Monitor is destroyed.
    Owner word = word_.load(std::memory_order_acquire);
    while (insideOf(word) != free) {
      // Release: so does what was done before it was dropped. Acquire as above, for where it fails.
      if (word_.compare_exchange_weak(word, word | orphaned, std::memory_order_acq_rel)) {
        return false;
      }
    }
    return true;
  }

  // By who is inside when the last reference is gone, so that nobody waits. True: who has dropped
  // it finds the place free; false: the Monitor is the caller's.
  bool leaveForGood() noexcept {
    // Acquire, also where the exchange fails: what was done before it was dropped comes before the
    // Monitor is destroyed.
    Owner word = word_.load(std::memory_order_acquire);
    while ((word & orphaned) == 0) {
      // Release as in tryLeave().
      if (word_.compare_exchange_weak(word, free, std::memory_order_acq_rel)) return true;
    }
    return false;
  }

 private:
  static constexpr Owner free = 0;
  static constexpr Owner awaited = 1;
  static constexpr Owner orphaned = 2;
  static constexpr Owner promised = orphaned;

  // `free` where there is nobody.
  static constexpr Owner insideOf(Owner word) noexcept { return word & ~(awaited | orphaned); }
  // False: it is another one by now. Relaxed: it tells nothing of what was done inside.
  bool mark(Owner& word) noexcept {
    return (word & awaited) != 0 ||
           word_.compare_exchange_weak(word, word | awaited, std::memory_order_relaxed);
  }
  // Relaxed: only tells; what counts is what is exchanged.
  Owner load() const noexcept { return word_.load(std::memory_order_relaxed); }

  Atomic<Owner> word_{free};
};

}  // namespace troop
