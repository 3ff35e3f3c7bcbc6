// How many refer to an object, counted by any number of OS threads; who drops the last reference
// destroys the object.
//
// Invariants:
//   1. a reference is made from another one, which keeps the object alive meanwhile, or by tryAdd()
//   2. a count that has come to zero stays there
//
//   if (count.drop()) delete this;
#pragma once

#include <atomic>
#include <cstdint>

namespace [[gnu::visibility("hidden")]] troop {

template <template <typename> class Atomic = std::atomic>
class ReferenceCount {
 public:
  void add(std::uint32_t more = 1) noexcept {
    // Relaxed: invariant 1.
    count_.fetch_add(more, std::memory_order_relaxed);
  }

  // Adds a reference unless the last one is gone already.
  [[nodiscard]] bool tryAdd() noexcept {
    std::uint32_t count = count_.load(std::memory_order_relaxed);
    while (count != 0) {
      // Relaxed as in add(): success means that some other reference still keeps the object alive.
      if (count_.compare_exchange_weak(count, count + 1, std::memory_order_relaxed)) return true;
    }
    return false;
  }

  // True for the last one.
  [[nodiscard]] bool drop(std::uint32_t fewer = 1) noexcept {
    // Release publishes this holder's writes; acquire makes the last holder see all of them.
    return count_.fetch_sub(fewer, std::memory_order_acq_rel) == fewer;
  }

 private:
  Atomic<std::uint32_t> count_{1};
};

}  // namespace troop
