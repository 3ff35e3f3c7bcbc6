// A count of references that one Thread, its owner, changes without atomic operations and all
// others with them (biased reference counting: Choi, Shull and Torrellas, PACT 2018). When others
// have dropped more than they took, or the owner ends, the two parts are merged, and all count
// alike.
//
// Ownership: whoever has it frees it when told so, once. Threads: as each function says.
//
//   1. references there are = biased_ + count, as long as it is not merged; then = count
//   2. biased_ is touched by the owner only, and never after merge()
//   3. freed by the one step that leaves the word at `merged`: no count, not queued
//   4. queued is set by one dropByOther(), which hands it to the owner, and cleared by one
//      unqueue()
#pragma once

#include <atomic>
#include <cstdint>

namespace [[gnu::visibility("hidden")]] troop {

enum class Dropped : unsigned char {
  notLast,
  toMerge,  // the owner must merge() it and then unqueue() it
  last,     // nobody refers any more: free it
};

template <template <typename> class Atomic = std::atomic>
class BiasedCount {
 public:
  // `references` that all count alike, or none, counted by an owner.
  struct Merged {
    std::int64_t references;
  };
  explicit BiasedCount(Merged start) noexcept : word_(start.references * one | merged) {}
  BiasedCount() noexcept : word_(0) {}

  // By the owner, until it merges.
  void addByOwner() noexcept { ++biased_; }
  // True where none is left that the owner counts.
  bool dropByOwner() noexcept { return --biased_ == 0; }
  bool noneOfOwner() const noexcept { return biased_ == 0; }

  // By all others, and by the owner once it is merged.
  void addByOther() noexcept {
    // Relaxed: a new reference is made from one that exists, which keeps all in place.
    word_.fetch_add(one, std::memory_order_relaxed);
  }
  [[nodiscard]] Dropped dropByOther() noexcept {
    std::int64_t word = word_.load(std::memory_order_relaxed);
    for (;;) {
      std::int64_t next = word - one;
      const bool toMerge = next < 0 && (word & (merged | queued)) == 0;
      if (toMerge) next |= queued;
      if (!change(word, next)) continue;
      if (toMerge) return Dropped::toMerge;
      return next == merged ? Dropped::last : Dropped::notLast;
    }
  }

  // Whether exactly one reference is left, so that who has it is the only one.
  bool isSole() const noexcept { return word_.load(std::memory_order_relaxed) == (one | merged); }

  // By the owner, once; true: free it.
  [[nodiscard]] bool merge() noexcept {
    std::int64_t word = word_.load(std::memory_order_relaxed);
    std::int64_t next;
    do {
      next = (word + biased_ * one) | merged;
    } while (!change(word, next));
    return next == merged;
  }
  // By who was handed it, after it was merged; true: free it.
  [[nodiscard]] bool unqueue() noexcept {
    std::int64_t word = word_.load(std::memory_order_relaxed);
    std::int64_t next;
    do {
      next = word & ~queued;
    } while (!change(word, next));
    return next == merged;
  }

 private:
  // word_:  | count : 62, signed | queued | merged |
  static constexpr std::int64_t merged = 1;
  static constexpr std::int64_t queued = 2;
  static constexpr std::int64_t one = 4;

  bool change(std::int64_t& word, std::int64_t next) noexcept {
    // Release: what the dropper did with the object comes before its end. Acquire: whoever ends it
    // sees all of that.
    return word_.compare_exchange_weak(word, next, std::memory_order_acq_rel);
  }

  Atomic<std::int64_t> word_;
  std::int64_t biased_ = 0;
};

}  // namespace troop
