// What a Budget counts: how many bytes are used here, of which some may be reserved above. Ledgers
// form a chain to the root; a take is granted by all from here upwards, or undone.
//
//     63         62                 0
//   +----------+--------------------+
//   | reserves | bytes used         |      reserves: the reserved bytes are held above
//   +----------+--------------------+
//
// Invariants:
//   1. what is used never exceeds the limit
//   2. each change of the word tells exactly what it changes above: the ledger above is charged for
//      the sum of what those below it hold, once all that is under way has ended
//
// Threads: any. Relaxed throughout: a ledger orders no other memory.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <optional>

namespace [[gnu::visibility("hidden")]] troop {

template <template <typename> class Atomic = std::atomic>
class Ledger {
 public:
  Ledger(Ledger* parent, std::size_t bytesMax, std::size_t bytesReserved)
      : parent_(parent), bytesMax_(bytesMax), bytesReserved_(bytesReserved) {}

  // Takes here and everywhere above, or nowhere; the one that refused, or null.
  const Ledger* take(std::size_t bytes) noexcept {
    std::size_t above = bytes;
    for (Ledger* ledger = this; ledger != nullptr && above != 0; ledger = ledger->parent_) {
      const std::optional<std::size_t> next = ledger->takeHere(above);
      if (!next) {
        undo(bytes, *ledger, above);
        return ledger;
      }
      above = *next;
    }
    return nullptr;
  }

  void give(std::size_t bytes) noexcept {
    std::size_t above = bytes;
    for (Ledger* ledger = this; ledger != nullptr && above != 0; ledger = ledger->parent_) {
      above = ledger->giveHere(above);
    }
  }

  // Once what is reserved was taken above.
  void beginReservation() noexcept { state_.store(reserves, std::memory_order_relaxed); }
  // Gives back what is reserved and not used. False where it was over.
  bool endReservation() noexcept {
    const State before = state_.fetch_and(~reserves, std::memory_order_relaxed);
    if ((before & reserves) == 0) return false;
    parent_->give(heldAbove(before) - usedIn(before));
    return true;
  }

  // At one moment.
  struct Standing {
    std::size_t used;
    std::size_t held;  // what those above are charged for
  };
  Standing standing() const noexcept {
    const State state = state_.load(std::memory_order_relaxed);
    return {.used = usedIn(state), .held = heldAbove(state)};
  }
  std::size_t peak() const noexcept { return peak_.load(std::memory_order_relaxed); }

 private:
  using State = std::size_t;
  static constexpr State reserves = State{1} << 63;
  static constexpr std::size_t usedIn(State state) noexcept { return state & ~reserves; }
  std::size_t heldAbove(State state) const noexcept {
    const std::size_t used = usedIn(state);
    return (state & reserves) != 0 && used < bytesReserved_ ? bytesReserved_ : used;
  }

  // What it is to take above; none where it refuses.
  std::optional<std::size_t> takeHere(std::size_t bytes) noexcept {
    State before = state_.load(std::memory_order_relaxed);
    const std::size_t bytesMax = std::min(bytesMax_, reserves - 1);
    std::size_t used;
    do {
      used = usedIn(before);
      if (used > bytesMax || bytes > bytesMax - used) return std::nullopt;
    } while (!state_.compare_exchange_weak(before, before + bytes, std::memory_order_relaxed));
    std::size_t peak = peak_.load(std::memory_order_relaxed);
    while (peak < used + bytes &&
           !peak_.compare_exchange_weak(peak, used + bytes, std::memory_order_relaxed)) {
    }
    return heldAbove(before + bytes) - heldAbove(before);
  }

  // What is to be given back above. Differences, modulo 2^64: undoing may add.
  std::size_t giveHere(std::size_t bytes) noexcept {
    const State before = state_.fetch_sub(bytes, std::memory_order_relaxed);
    return heldAbove(before) - heldAbove(before - bytes);
  }

  // Undoes a take that `refused` did not grant, which was asked for `notTaken`. What was taken
  // below may have been given back in parts by others meanwhile, who then gave back above what was
  // never taken there: the difference is put right at the one that refused.
  void undo(std::size_t bytes, const Ledger& refused, std::size_t notTaken) noexcept {
    std::size_t above = bytes;
    bool beyond = false;
    for (Ledger* ledger = this; ledger != nullptr; ledger = ledger->parent_) {
      if (ledger == &refused) {
        above -= notTaken;
        beyond = true;
      }
      if (beyond && above == 0) return;
      above = ledger->giveHere(above);
    }
  }

  Ledger* const parent_;
  const std::size_t bytesMax_;
  const std::size_t bytesReserved_;
  Atomic<State> state_{0};
  Atomic<std::size_t> peak_{0};
};

}  // namespace troop
