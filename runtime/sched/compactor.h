// The Compactor finds Threads that have been parked for long and has them give the pages of their
// stacks up. It only asks: the Thread does it itself, in a slice of its own in which none of its
// Tasks runs, so nobody ever touches the stack of a Thread that could be running.
//
//   ring    all Threads that may be compacted, visited one after another
//   sweep   one visit of each, some at a time, so that a visit of all delays nobody; a Thread that
//           has run no slice from one sweep to the next is asked
//   rest    no sweep follows one that found each Thread asked already: then no timer is armed,
//           until one of them runs again or a new one comes
//
// Ownership: the Process; members are Threads, which leave before they die. Threads: any. Limits:
// visitsMax visits at a time, one time a millisecond. Fails: where there is no memory for a timer
// nobody is asked until the next one runs.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>

#include "runtime/base/blocks.h"
#include "runtime/base/list.h"
#include "runtime/runnable.h"
#include "runtime/sched/scheduler.h"
#include "runtime/time.h"

namespace [[gnu::visibility("hidden")]] troop {

// What the Compactor knows of a Thread.
class Compactable : public InBlock, public ListHook<struct CompactorTag> {
 public:
  explicit Compactable(Runnable& runnable) noexcept : runnable_(runnable) {}

  // By the Thread, in its slices. True once for each time that it was asked.
  bool takeAsked() noexcept { return asked_.load() && asked_.exchange(false); }

  // How many hold addresses on its stacks.
  void lend() noexcept { ++lent_; }
  void giveBack() noexcept { --lent_; }
  bool lent() const noexcept { return lent_ != 0; }

 private:
  friend class Compactor;

  Runnable& runnable_;
  unsigned lent_ = 0;
  std::atomic<bool> asked_{false};
  // It has run nothing since it was asked. Set by the Compactor, under its lock.
  std::atomic<bool> settled_{false};
  std::uint64_t slicesSeen_ = 0;      // protected by the lock of the Compactor
  Compactable* nextAsked_ = nullptr;  // of the visit that goes on
};

class Compactor {
 public:
  static constexpr std::size_t visitsMax = 2048;

  // Threads are asked that have run nothing for `parkedMin` at least, and for twice that at most
  // where they are few.
  Compactor(Scheduler& scheduler, Duration parkedMin) noexcept;
  Compactor(const Compactor&) = delete;
  Compactor& operator=(const Compactor&) = delete;

  void join(Compactable& thread) noexcept;
  void leave(Compactable& thread) noexcept;

  // By the Thread, when it has news and so will not be parked on.
  void runsAgain(Compactable& thread) noexcept;

  // How many Threads have given their pages up; counted by them.
  std::size_t compacted() const noexcept { return compacted_.load(std::memory_order_relaxed); }
  void countCompacted() noexcept { compacted_.fetch_add(1, std::memory_order_relaxed); }
  void countExpanded() noexcept { compacted_.fetch_sub(1, std::memory_order_relaxed); }

 private:
  void arm() noexcept;
  void visitSome() noexcept;
  // Those to be asked, each with a reference.
  Compactable* visitLocked() noexcept;
  // When to go on; `forever`: not before somebody runs again.
  Duration pauseLocked() noexcept;
  void callIn(Duration pause) noexcept;

  Scheduler& scheduler_;
  const Duration parkedMin_;
  std::atomic<std::size_t> compacted_{0};

  std::mutex mutex_;  // protects all below
  CountedList<Compactable, CompactorTag> ring_;
  std::size_t leftInSweep_ = 0;
  bool sweepAgain_ = false;
  // A visit is due, or goes on: also while it asks, without the lock, no other one begins.
  bool armed_ = false;
};

}  // namespace troop
