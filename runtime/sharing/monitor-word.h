// Who is inside a Monitor, and whether somebody waits to enter, in one word.
//
//     63                    1         0
//   +-----------------------+---------+
//   | address of its Waiter | awaited |
//   +-----------------------+---------+
//
// Invariants:
//   1. a place is taken by one: from `free`, or from `promised`, which is only taken with the lock
//      of the list, by those that wait
//   2. who comes to wait has set `awaited` on who is inside, or has taken the place; who leaves and
//      finds the mark asks the list, under the lock under which it was set
//
// Threads: tryEnter(), tryLeave() and isInside() by any; everything else with the lock of the list.
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

  bool tryEnter(Owner owner) noexcept {
    Owner expected = free;
    // Acquire: sees what was done by who was inside before. A failed look needs no order.
    return load() == free &&
           word_.compare_exchange_strong(expected, owner, std::memory_order_acquire);
  }

  // By who is inside. False: somebody waits, and a place is given with the lock of the list.
  bool tryLeave() noexcept {
    Owner expected = insideOf(load());
    // Release: who enters next sees what was done inside.
    return word_.compare_exchange_strong(expected, free, std::memory_order_release);
  }

  // Of who waits, or was woken; false: it is to wait, which who is inside knows now.
  bool take(Owner owner) noexcept {
    Owner word = load();
    for (;;) {
      if (insideOf(word) == free || insideOf(word) == promised) {
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

  // By who is inside: to whoever comes first, or to one of those that are about to be woken. Both
  // release what was done inside.
  void giveFree() noexcept { word_.store(free, std::memory_order_release); }
  void givePromised() noexcept { word_.store(promised, std::memory_order_release); }

 private:
  static constexpr Owner free = 0;
  static constexpr Owner awaited = 1;
  static constexpr Owner promised = 2;

  static constexpr Owner insideOf(Owner word) noexcept { return word & ~awaited; }
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
