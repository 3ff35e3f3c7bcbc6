// What a carrier has of the counts of one owner in advance, so that the next ones that it starts,
// and those that have ended, need not be counted one by one where all carriers count. What one
// carrier leaves the same carrier takes; what it does not take is counted back by whoever empties
// it, which may be any OS thread that needs the counts to be exact.
//
//     63            22 21    14 13     7 6         0
//   +-----------------+--------+--------+-----------+
//   | address / 64    | refs   | live   | admitted  |      0: there is no owner
//   +-----------------+--------+--------+-----------+
//
// Invariants:
//   1. what is left is taken, or counted back, once: each change of the word reads the one before
//   2. only its carrier gives it an owner, and only where it has none
//
// Ownership: while it has an owner, whoever gave it one has a reference for that, which goes to who
// empties it. Threads: empty() by any OS thread, all else by its carrier.
//
//   credit.open(troop);
//   credit.leave(CreditKind::live);                  // one has ended
//   if (credit.take(troop)) start();                 // where there is one of each kind
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace [[gnu::visibility("hidden")]] troop {

// Of which stage in the end of a Thread: it has ended; its slice has; its control block has.
enum class CreditKind : unsigned char { admitted, live, reference };

struct CreditCounts {
  std::size_t admitted = 0;
  std::size_t live = 0;
  std::size_t references = 0;
};

template <typename Owner, template <typename> class Atomic = std::atomic>
class Credit {
 public:
  static constexpr unsigned most = 127;  // of each kind

  // What who empties it counts back; null: nothing.
  struct Content {
    Owner* owner = nullptr;
    CreditCounts counts;
  };

  // Acquire: who finds it empty sees what was written before it was emptied.
  bool isEmpty() const noexcept { return word_.load(std::memory_order_acquire) == 0; }

  // Gives it an owner, and `count` of each kind; where it has none.
  void open(Owner& owner, unsigned count) noexcept {
    word_.store(reinterpret_cast<Word>(&owner) << ownerShift | count * oneOfEach,
                std::memory_order_release);
  }

  // Takes one of each kind; false where there is none of one, or it is of somebody else.
  bool take(const Owner& owner) noexcept {
    Word word = word_.load(std::memory_order_relaxed);
    do {
      if (ownerOf(word) != &owner || !hasEach(word)) return false;
    } while (!word_.compare_exchange_weak(word, word - oneOfEach, std::memory_order_acq_rel));
    return true;
  }

  // Adds `count` of each kind; false where it is of somebody else, or
  // would have too many.
  bool add(const Owner& owner, unsigned count) noexcept {
    Word word = word_.load(std::memory_order_relaxed);
    do {
      if (ownerOf(word) != &owner) return false;
      for (const CreditKind kind : kinds) {
        if (countIn(word, shiftOf(kind)) + count > most) return false;
      }
    } while (
        !word_.compare_exchange_weak(word, word + count * oneOfEach, std::memory_order_acq_rel));
    return true;
  }

  // Leaves one; false where it is of somebody else, or full.
  bool leave(const Owner& owner, CreditKind kind) noexcept {
    const unsigned shift = shiftOf(kind);
    Word word = word_.load(std::memory_order_relaxed);
    do {
      if (ownerOf(word) != &owner || countIn(word, shift) == most) return false;
    } while (
        !word_.compare_exchange_weak(word, word + (Word{1} << shift), std::memory_order_acq_rel));
    return true;
  }

  // Release and acquire throughout: who counts back has seen all that those who left it did.
  Content empty() noexcept {
    const Word word = word_.exchange(0, std::memory_order_acq_rel);
    return {.owner = ownerOf(word),
            .counts = {.admitted = countIn(word, shiftOf(CreditKind::admitted)),
                       .live = countIn(word, shiftOf(CreditKind::live)),
                       .references = countIn(word, shiftOf(CreditKind::reference))}};
  }

 private:
  using Word = std::uintptr_t;
  static constexpr unsigned kindBits = 7;
  static constexpr unsigned ownerShift = 16;  // an aligned address has six zeros at its end
  static constexpr Word oneOfEach = Word{1} | Word{1} << kindBits | Word{1} << (2 * kindBits);
  static constexpr std::array kinds{CreditKind::admitted, CreditKind::live, CreditKind::reference};
  static constexpr Word ownerMask = ~((Word{1} << (3 * kindBits + 1)) - 1);

  static constexpr unsigned shiftOf(CreditKind kind) noexcept {
    return static_cast<unsigned>(kind) * kindBits;
  }
  static constexpr unsigned countIn(Word word, unsigned shift) noexcept {
    return (word >> shift) & most;
  }
  static constexpr bool hasEach(Word word) noexcept {
    return std::ranges::all_of(
        kinds, [word](CreditKind kind) { return countIn(word, shiftOf(kind)) != 0; });
  }
  static Owner* ownerOf(Word word) noexcept {
    static_assert(alignof(Owner) >= 64);
    return reinterpret_cast<Owner*>((word & ownerMask) >> ownerShift);
  }

  Atomic<Word> word_{0};
};

}  // namespace troop
