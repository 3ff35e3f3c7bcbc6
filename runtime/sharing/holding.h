// A Holding counts references to a SharedBlock for one Thread, so that Threads which copy and drop
// references to one block do not meet in one counter. The troop of that Thread pays for the block,
// once, however many of its Threads have a Holding.
//
// A block has one Holding of its own. It counts the first reference, and those copied by the Thread
// that made it or by one that has the only reference there is. Any other Thread copies into a
// ThreadHolding, which it keeps until a slice of it ends without a reference in it. References
// that were sent away are dropped elsewhere: then the Holding is handed back to its Thread, which
// merges it (runtime/sharing/biased-count.h).
//
// Ownership: the references counted in it, and its Thread's table. Threads: any. Fails: hold()
// throws Error (overloaded, memory) where the caller's troop cannot pay.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <unordered_map>
#include <utility>

#include "runtime/base/list.h"
#include "runtime/base/slice-end.h"
#include "runtime/budget.h"
#include "runtime/ref.h"
#include "runtime/sharing/biased-count.h"

namespace [[gnu::visibility("hidden")]] troop {

class SharedBlock;
class Thread;
class ThreadHolding;
class ThreadHoldings;

class Holding {
 public:
  Holding(const Holding&) = delete;
  Holding& operator=(const Holding&) = delete;

  // Adds a reference for the caller; what counts it.
  Holding* hold();
  // Drops one that it counts.
  void drop() noexcept;

  SharedBlock& block() const noexcept { return block_; }

 protected:
  using Count = BiasedCount<>;

  // A block's own, with one reference; of a Thread, without.
  explicit Holding(SharedBlock& block) noexcept;
  Holding(SharedBlock& block, const Thread& owner) noexcept;
  ~Holding() = default;

  SharedBlock& block_;
  Count count_;
  // Of a Thread's: its owner, null once merged. Of a block's own: who may copy into it. Compared
  // only with the Thread that asks, so it may have ended.
  std::atomic<const Thread*> thread_;

 private:
  friend class SharedBlock;
  friend class ThreadHoldings;

  bool isOwn() const noexcept;
  // Nothing is counted in it any more.
  void end() noexcept;
};

class ThreadHolding final : public Holding,
                            public ListHook<struct TableTag>  // of its table, by its owner
{
 private:
  friend class Holding;
  friend class ThreadHoldings;

  ThreadHolding(SharedBlock& block, const Thread& owner, Ref<ThreadHoldings> table, Charge charge);
  ~ThreadHolding() = default;

  const Charge charge_;  // for itself
  const Ref<ThreadHoldings> table_;
  const Ref<Budget> payer_;                // for the block
  ThreadHolding* nextIdle_ = nullptr;      // by its owner
  ThreadHolding* nextReturned_ = nullptr;  // protected by the mutex of table_
  bool idle_ = false;                      // by its owner: in the list
};

// The Holdings of a Thread: by block, and those that it has to look at when its slice ends.
class ThreadHoldings final : public SliceEnd {
 public:
  // Of the calling Thread.
  static ThreadHoldings& of(Thread& thread);

  explicit ThreadHoldings(Thread& thread) noexcept : thread_(thread) {}

  // With one reference more.
  Holding* holdIn(SharedBlock& block);

  // By the Thread: it counts no reference any more.
  void becameIdle(ThreadHolding& holding) noexcept;
  // By others: they have dropped more of it than they took.
  void returned(ThreadHolding& holding) noexcept;

  void sliceEnds() noexcept override;
  void threadEnds() noexcept override;

  // What else of its Thread is told of these, before this is; null where nothing is.
  Ref<SliceEnd>& neighbour() noexcept { return neighbour_; }

 private:
  void takeReturned() noexcept;
  void endIdle() noexcept;
  void merge(ThreadHolding& holding) noexcept;
  static void unqueue(ThreadHolding* returned) noexcept;

  // By its Thread.
  Thread& thread_;
  Ref<SliceEnd> neighbour_;
  std::unordered_map<const SharedBlock*, ThreadHolding*> table_;
  List<ThreadHolding, TableTag> all_;  // in it, in the order in which they came
  ThreadHolding* last_ = nullptr;      // that was asked for
  ThreadHolding* idle_ = nullptr;
  unsigned idleCount_ = 0;

  std::atomic<bool> anyReturned_{false};
  std::mutex mutex_;  // protects all below
  ThreadHolding* returned_ = nullptr;
  bool ended_ = false;
};

// A reference to a block, counted somewhere.
class Held {
 public:
  // Takes over a reference that the caller already owns.
  static Held adopt(Holding& holding) noexcept {
    Held held;
    held.holding_ = &holding;
    return held;
  }

  Held() = default;
  Held(const Held& other) : holding_(other.holding_ ? other.holding_->hold() : nullptr) {}
  Held(Held&& other) noexcept : holding_(std::exchange(other.holding_, nullptr)) {}
  Held& operator=(Held other) noexcept {
    std::swap(holding_, other.holding_);
    return *this;
  }
  ~Held() {
    if (holding_ != nullptr) holding_->drop();
  }

 private:
  Holding* holding_ = nullptr;
};

}  // namespace troop
