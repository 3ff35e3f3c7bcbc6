// What a scheduler knows of one carrier: its queue, what its OS thread does, and what was handed to
// that.
//
// Ownership: its scheduler, which it does not outlive. Threads: as each field says; what says
// nothing belongs to its own OS thread. `sleepMutex_` is the scheduler's.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>

#include "runtime/base/list.h"
#include "runtime/base/short-lock.h"
#include "runtime/base/sleeping-place.h"
#include "runtime/carrier-statistics.h"
#include "runtime/machine/carrier-thread.h"
#include "runtime/runnable.h"
#include "runtime/sched/current.h"
#include "runtime/sched/fair-queue.h"
#include "runtime/time.h"

namespace [[gnu::visibility("hidden")]] troop {

class WorkStealing;

// A slice that lasts.
struct StuckSlice {
  Duration lasted{0};
  bool replaced = false;  // another OS thread stands in
  pid_t osThread = 0;     // which is stuck
  bool isLastTry = false;
  std::function<bool()> goesOn;  // whether it is still the same slice; while it is told of
};

// How carriers that do not get on are replaced, by one OS thread, and who is told of them, by
// another one. A host says so in ProcessOptions.
struct StandInOptions {
  unsigned sparesMax = 0;      // OS threads beside those of the carriers
  Duration stuckAfter = 10ms;  // in one slice
  Duration restMax = 2s;       // how long a spare that stands in for nobody keeps its OS thread
  // Null: nobody. False: it is asked again a little later, a few times.
  std::function<bool(const StuckSlice& slice)> tell;
};

// The ready Runnables that run on one OS thread only: they are queued there, where nobody steals.
// Of each it has a reference, which pop() hands over. push(), whileQueued() and any() by all, the
// rest by that OS thread.
class PinnedQueue {
 public:
  explicit PinnedQueue(unsigned carrier) : on_(carrier + Runnable::pinnedTo) {}

  // False, and nothing is queued, where `closed` is set.
  bool push(Runnable& runnable, const std::atomic<bool>& closed) noexcept {
    const std::lock_guard lock(mutex_);
    if (closed.load()) return false;
    // Release: who reads it may come to a carrier that was made later than others.
    runnable.queuedOn_.store(on_, std::memory_order_release);
    queued_.pushBack(runnable);
    any_.store(true);
    return true;
  }

  Runnable* pop() noexcept {
    if (!any_.load()) return nullptr;
    const std::lock_guard lock(mutex_);
    Runnable* runnable = queued_.popFront();
    any_.store(!queued_.empty());
    if (runnable != nullptr) {
      runnable->queuedOn_.store(Runnable::noCarrier, std::memory_order_relaxed);
    }
    return runnable;
  }

  // Calls look() while it stays here; false where it is not here.
  bool whileQueued(const Runnable& runnable, const std::function<void()>& look) noexcept {
    const std::lock_guard lock(mutex_);
    if (runnable.queuedOn_.load(std::memory_order_relaxed) != on_) return false;
    look();
    return true;
  }

  // Whether there is one. Relaxed, for who looks again soon.
  bool any() const noexcept { return any_.load(); }
  bool anySoon() const noexcept { return any_.load(std::memory_order_relaxed); }

  // The one that waits longest, for its own OS thread; null where there is none.
  const Runnable* first() noexcept {
    const std::lock_guard lock(mutex_);
    return queued_.front();
  }

 private:
  const unsigned on_;
  ShortLock mutex_;
  List<Runnable, ReadyTag> queued_;  // protected by mutex_
  std::atomic<bool> any_{false};     // changed under mutex_
};

struct alignas(64) Carrier {
  // Of its OS thread.
  enum class State : unsigned char {
    absent,   // not started, or retired
    refused,  // the kernel could not start it; others run what there is until the next resize()
    awake,
    asleep,
    resting,  // of a spare: it stands in for nobody
  };

  Carrier(WorkStealing& itsScheduler, unsigned carrierIndex, unsigned carriersMax)
      : scheduler(itsScheduler),
        index(carrierIndex),
        isSpare(carrierIndex >= carriersMax),
        ready(carrierIndex),
        pinned(carrierIndex) {
    context.carrier = carrierIndex;
  }

  // Relaxed: each figure is right by itself.
  CarrierStatistics statistics() const noexcept {
    return {
        .slices = slices.load(std::memory_order_relaxed),
        .steals = steals.load(std::memory_order_relaxed),
        .sleeps = sleeps.load(std::memory_order_relaxed),
        .replaced = timesReplaced.load(std::memory_order_relaxed),
        .stalls = stalls.load(std::memory_order_relaxed),
        .busy = Duration(busyNanoseconds.load(std::memory_order_relaxed)),
    };
  }

  // What its own OS thread reads all the time, apart from what others write.
  WorkStealing& scheduler;
  const unsigned index;
  const bool isSpare;
  // Whose queue it uses; of a spare, protected by sleepMutex_ while it rests.
  Carrier* home = this;
  std::atomic<bool> replaced{false};  // a spare runs in its stead; changed under sleepMutex_
  bool searching = false;             // only its own OS thread, and who wakes it under sleepMutex_
  bool servedPinned = false;  // as the last one; only its own OS thread, as down to blockingSince
  unsigned successors = 0;    // that the slice it runs has been handed to
  unsigned pinnedHere = 0;    // Runnables that run on this OS thread only
  Time lookedOutside{};       // while it was busy
  Time blockingSince{};
  // How long it did lately: written there, or while it rests, and read by who replaces it.
  std::atomic<Duration> blockingUsually{Duration{0}};

  std::atomic<std::uint64_t> slices{0};  // written by its own OS thread only, as the next three
  std::atomic<std::uint64_t> steals{0};
  std::atomic<std::uint64_t> sleeps{0};
  std::atomic<Duration::rep> busyNanoseconds{0};
  // What was in `slices` when what runs said that it blocks, and 1; 0 while nothing says so.
  std::atomic<std::uint64_t> blocking{0};

  // What it saw in another carrier's handedOver when it began to search.
  const Carrier* watchedCarrier = nullptr;
  Runnable* watchedRunnable = nullptr;
  std::uint64_t watchedSlices = 0;

  // The queue, which thieves lock.
  alignas(64) ShortLock mutex;
  FairQueue ready;                                       // protected by mutex
  std::atomic<std::uint64_t> least{FairQueue::nothing};  // ready.least(), changed under mutex

  // What the Thread or guest that runs has woken last. It is queued, but counts as active nowhere.
  // Only its own OS thread puts anything there; who takes it exchanges it.
  alignas(64) std::atomic<Runnable*> handedOver{nullptr};
  // The virtual time of the troop it serves; `nothing` while it searches or sleeps.
  std::atomic<std::uint64_t> serves{FairQueue::nothing};
  PinnedQueue pinned;

  State state = State::absent;  // protected by sleepMutex_
  SleepingPlace place;
  std::condition_variable called;               // of a spare that rests
  std::atomic<std::uint64_t> timesReplaced{0};  // changed under sleepMutex_
  std::atomic<std::uint64_t> stalls{0};         // counted by the watchdog
  std::atomic<pid_t> osThreadId{0};             // for the kernel; 0 before it has begun
  CarrierThread osThread;                       // protected by sleepMutex_ until stop()
  alignas(64) Current context;                  // of its OS thread
};

// For counts that one OS thread writes and others read.
template <typename T>
void add(std::atomic<T>& count, T more) noexcept {
  count.store(count.load(std::memory_order_relaxed) + more, std::memory_order_relaxed);
}

}  // namespace troop
