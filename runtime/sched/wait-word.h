// Who ended a wait, and how: the first of signal, deadline and cancellation wins, the others do
// nothing.
//
//   word   | ticket : 62 | waiting, or 1 + WaitResult : 2 |
//
// Invariants:
//   1. a wait ends once: from `waiting` to a result, by a compare-and-exchange with its own ticket
//   2. so who comes with the ticket of an earlier wait changes nothing
//
// Threads: begin() by who waits, while its last wait has ended; everything else by any. All but
// begin() is seq_cst: what who ended the wait wrote before is seen by who waited, and who looks
// whether the wait goes on has published before that it is about to block.
#pragma once

#include <atomic>
#include <cstdint>

#include "runtime/wait-result.h"

namespace [[gnu::visibility("hidden")]] troop {

// The generation of a wait, counted up for each.
using WaitTicket = std::uint64_t;

template <template <typename> class Atomic = std::atomic>
class WaitWord {
 public:
  WaitTicket begin() noexcept {
    const WaitTicket next = ticket() + 1;
    // Relaxed: who ends the wait finds the waiter in a list or an armed timer, under the lock under
    // which it was put there after this.
    word_.store(next << resultBits | waiting, std::memory_order_relaxed);
    return next;
  }

  // Relaxed: who asks is who waits, or holds the lock under which the wait was listed.
  WaitTicket ticket() const noexcept { return word_.load(std::memory_order_relaxed) >> resultBits; }

  // Ends the wait; false when it was over.
  bool resolve(WaitTicket ticket, WaitResult result) noexcept {
    std::uint64_t expected = ticket << resultBits | waiting;
    return word_.compare_exchange_strong(expected, ticket << resultBits | code(result));
  }

  bool pending() const noexcept { return (word_.load() & resultMask) == waiting; }
  // Of a wait that has ended.
  WaitResult result() const noexcept {
    return static_cast<WaitResult>((word_.load() & resultMask) - 1);
  }

 private:
  static constexpr unsigned resultBits = 2;
  static constexpr std::uint64_t resultMask = (1U << resultBits) - 1;
  static constexpr std::uint64_t waiting = 0;
  static constexpr std::uint64_t code(WaitResult result) noexcept {
    return 1 + static_cast<std::uint64_t>(result);
  }

  Atomic<std::uint64_t> word_{code(WaitResult::signalled)};
};

}  // namespace troop
