// What the scheduler knows of a troop: its weight, the virtual time it has used, which Runnables
// belong to it, and whether it was killed.
//
// Virtual time is CPU time * 100 / weight: the carriers always serve the troop that has used least.
// A troop that becomes ready after idling starts at no less than the least of those that are being
// served, so that idling saves up nothing.
//
// Shares nest: one that is inside another has its part of that one's, by its weight among those
// beside it, so its virtual time compares only with theirs. CPU time counts at every level. What an
// outer one runs by itself goes in turn with those inside, as one of the default weight.
//
// Ownership: each Runnable keeps its Share alive, and each Share the one that it is in. Threads:
// any.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "runtime/base/list.h"
#include "runtime/error.h"
#include "runtime/ref.h"
#include "runtime/runnable.h"
#include "runtime/sched/scheduler.h"
#include "runtime/time.h"

namespace [[gnu::visibility("hidden")]] troop {

class Budget;
class ReadyQueue;

class alignas(64) Share : public RefCounted,
                          public ListHook<struct SharesTag>  // of its scheduler
{
  // Changed whenever a Runnable starts or ends, or waits and goes on, on whatever carrier: in the
  // cache line of the count of references, which is as well, and away from what is only read.
  std::atomic<std::uint32_t> active_{0};  // Runnables that are queued or running
  std::atomic<std::size_t> live_{0};      // woken and not ended

 protected:
  using Count = std::atomic<std::size_t>;
  Count threads_{0};
  Count tasks_{0};

 public:
  static constexpr unsigned defaultWeight = 100;

  Scheduler& scheduler() const noexcept { return *scheduler_; }
  // No other Share of this OS process ever has the same; never 0.
  std::uint64_t id() const noexcept { return id_; }
  unsigned weight() const noexcept { return weight_; }
  // The one that it is in, or null.
  Share* outer() const noexcept { return outer_.get(); }
  // In how many others it is.
  unsigned depth() const noexcept { return depth_; }
  Share& outermost() noexcept;

  bool killed() const noexcept { return killed_.load(std::memory_order_acquire); }

  // Why it was killed, or null; the Error lives as long as the Share.
  const Error* killCause() const noexcept { return killed() ? &*cause_ : nullptr; }

  std::uint64_t virtualTime() const noexcept {
    return virtualTime_.load(std::memory_order_relaxed);
  }
  // Its own, and that of all that it is in.
  void advanceVirtualTime(Duration cpu) noexcept;
  void raiseVirtualTime(std::uint64_t least) noexcept;

  // Of what a Share with others inside runs by itself, to be compared with theirs.
  std::uint64_t ownVirtualTime() const noexcept {
    return ownVirtualTime_.load(std::memory_order_relaxed);
  }

  // The virtual times by which `a` and `b` compare: those of what they are or are in, where they
  // are beside each other. The same twice where one is in the other.
  static std::pair<std::uint64_t, std::uint64_t> comparable(const Share& a,
                                                            const Share& b) noexcept;
  static bool servedBefore(const Share& a, const Share& b) noexcept {
    const auto [ofA, ofB] = comparable(a, b);
    return ofA < ofB;
  }

  // Counts the Runnables that are queued or running; of those inside, which have any. True when the
  // outermost Share was idle before.
  bool becameActive() noexcept {
    // Relaxed: the count only decides whether virtual time is raised, which is a matter of
    // fairness.
    if (active_.fetch_add(1, std::memory_order_relaxed) != 0) return false;
    return outer_ ? becameActiveInside() : true;
  }
  void becameInactive() noexcept {
    if (active_.fetch_sub(1, std::memory_order_relaxed) == 1 && outer_) outer_->becameInactive();
  }

  // Tells those that it is in that it is served: whoever becomes active beside it starts from
  // there, and nobody who is served lags more than `lagMax` behind. Afterwards its own virtual time
  // is the outermost one's to be looked at.
  void servedInside(std::uint64_t lagMax) noexcept;

  // Something of its own is queued where nothing was.
  void ownBecameReady() noexcept {
    if (hasInner_.load(std::memory_order_relaxed)) raiseOwnVirtualTime();
  }

  // Adds to the CPU time that its limit bounds and to virtual time.
  virtual void chargeCpu(Duration cpu) noexcept = 0;

  // For reports.
  virtual std::string_view reportedName() const noexcept { return {}; }

  // Who pays for what its Runnables make; null where nobody does.
  virtual Budget* payer() const noexcept { return nullptr; }

  // The queue of its ready Runnables on carrier `index`.
  ReadyQueue& readyQueue(unsigned index) noexcept;

  // A Runnable joins at its first wake() and leaves when it finished or is destroyed. Threads are
  // listed once their first slice has ended, others at once.
  void join(Runnable& runnable) noexcept;
  void list(Runnable& runnable) noexcept;
  // `place`: where it no longer counts as active, or null.
  void leave(Runnable& runnable, Share* place) noexcept;

  // For Threads, by the carrier that runs them: counts as ended in what the carrier has in advance.
  // False where it runs nothing of this Share, so that it is to be counted here.
  bool leaveCredit(CreditKind kind) noexcept;
  // One that was counted ahead is gone before it was woken.
  void countBackUnstarted() noexcept;
  // Counts back what somebody has emptied, whose reference this takes over.
  virtual void countBack(const CreditCounts& counts) noexcept;

  // How many of its Runnables are queued or running; one counts for all that are active inside.
  std::size_t active() const noexcept { return active_.load(std::memory_order_relaxed); }

  // How many of its Runnables were woken and have not ended.
  std::size_t live() const noexcept { return live_.load(std::memory_order_relaxed); }

  // Calls visit(runnable) for each that is listed; `visit` must not wake, join or leave.
  template <typename Visit>
  void forEach(Visit visit) {
    std::lock_guard lock(mutex_);
    for (Runnable* r = members_.front(); r != nullptr; r = members_.after(*r)) visit(*r);
  }

 protected:
  Share(Ref<Scheduler> scheduler, unsigned weight, Ref<Share> outer = nullptr);
  ~Share() override;

  // Remembers the first cause, tells all that are listed and wakes them. False when it was killed
  // before.
  bool killMembers(Error cause) noexcept;

  // Where a carrier runs this Share, what it has of it in advance; null elsewhere.
  CarrierCredit* creditHere() noexcept;
  // Counts so many more that are live and active, with a reference each; where there are some.
  void countMembersAhead(std::size_t count) noexcept;

 private:
  void countLive() noexcept;
  bool leaveCreditSlowly(CarrierCredit& credit, CreditKind kind) noexcept;
  bool becameActiveInside() noexcept;
  void raiseOwnVirtualTime() noexcept;

  const std::uint64_t id_;
  const Ref<Scheduler> scheduler_;
  const Ref<Share> outer_;
  const unsigned weight_;
  const unsigned depth_;
  const std::unique_ptr<ReadyQueue[]>
      readyQueues_;  // one a carrier, protected by that carrier's lock
  std::atomic<bool> hasInner_{false};
  std::atomic<bool> killed_{false};
  std::optional<Error> cause_;  // written once, before killed_ is set
  std::atomic<std::uint64_t> virtualTime_{0};
  std::atomic<std::uint64_t> ownVirtualTime_{0};
  std::atomic<std::uint64_t> servedInside_{0};  // the virtual time of what was served last in it

  std::mutex mutex_;
  List<Runnable, ShareTag> members_;  // protected by mutex_
};

}  // namespace troop
