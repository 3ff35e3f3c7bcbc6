// Latches and barriers with the shapes of the standard library's: one waits until so many have
// come, once or again and again.
//
// Ownership: a member or a local; a latch may be destroyed as soon as a wait() for it has returned.
// Threads: Tasks of any Thread and troop, and OS threads of the host. Limits: 2^63 - 1 come. Fails:
// waits throw as those of runtime/sync/condition-variable.h do, and where no wait may throw they go
// on until all have come; who is cancelled in arrive_and_wait() has come nevertheless. Misuse: more
// that come than are expected, which ends the program.
//
//   troop::sync::latch done(3);
//   done.count_down();                 // each of three
//   done.wait();
//   troop::sync::barrier round(3, [] noexcept { ++rounds; });
//   round.arrive_and_wait();           // each of three, in each round
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <mutex>
#include <utility>

#include "runtime/base/short-lock.h"
#include "runtime/sched/waiter.h"

namespace [[gnu::visibility("hidden")]] troop {
namespace sync {

class BarrierCore {
 public:
  using Phase = std::uint64_t;

  constexpr explicit BarrierCore(std::ptrdiff_t expected) noexcept
      : expected_(expected), missing_(expected) {}
  BarrierCore(const BarrierCore&) = delete;
  BarrierCore& operator=(const BarrierCore&) = delete;

  // In which phase they have come; `last` says whether nobody is missing any more: then the caller
  // begins the next one.
  struct Arrival {
    Phase phase;
    bool last;
  };
  Arrival arrive(std::ptrdiff_t count) noexcept;
  // From the next phase on one less is expected.
  void drop() noexcept;
  void beginNext() noexcept;
  void await(Phase phase);

 private:
  ShortLock mutex_;  // protects all below
  std::ptrdiff_t expected_;
  std::ptrdiff_t missing_;
  Phase phase_ = 0;
  WaitList waiting_;
};

// NOLINTBEGIN(readability-identifier-naming): the standard's names

class latch {
 public:
  constexpr explicit latch(std::ptrdiff_t expected) noexcept : missing_(expected) {}
  latch(const latch&) = delete;
  latch& operator=(const latch&) = delete;
  static constexpr std::ptrdiff_t max() noexcept {
    return std::numeric_limits<std::ptrdiff_t>::max();
  }

  void count_down(std::ptrdiff_t count = 1) noexcept;
  bool try_wait() const noexcept;
  void wait() const;
  void arrive_and_wait(std::ptrdiff_t count = 1) {
    count_down(count);
    wait();
  }

 private:
  mutable ShortLock mutex_;  // protects all below
  std::ptrdiff_t missing_;
  mutable WaitList waiting_;
};

struct NothingBetween {
  void operator()() const noexcept {}
};

template <typename CompletionFunction = NothingBetween>
class barrier {
 public:
  class arrival_token {
   private:
    friend class barrier;
    explicit arrival_token(BarrierCore::Phase phase) noexcept : phase_(phase) {}
    BarrierCore::Phase phase_;
  };

  explicit barrier(std::ptrdiff_t expected, CompletionFunction completion = CompletionFunction())
      : core_(expected), completion_(std::move(completion)) {}
  static constexpr std::ptrdiff_t max() noexcept {
    return std::numeric_limits<std::ptrdiff_t>::max();
  }

  [[nodiscard]] arrival_token arrive(std::ptrdiff_t count = 1) {
    const BarrierCore::Arrival arrival = core_.arrive(count);
    if (arrival.last) {
      completion_();
      core_.beginNext();
    }
    return arrival_token(arrival.phase);
  }
  void wait(arrival_token&& arrival) const { core_.await(arrival.phase_); }
  void arrive_and_wait() { wait(arrive()); }
  void arrive_and_drop() {
    core_.drop();
    (void)arrive();
  }

 private:
  mutable BarrierCore core_;
  CompletionFunction completion_;
};

// NOLINTEND(readability-identifier-naming)

}  // namespace sync
}  // namespace troop
