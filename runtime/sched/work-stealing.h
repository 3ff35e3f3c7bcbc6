// The scheduler of a real Process: one OS thread a carrier, each with a queue of its own.
//
//   serve     a carrier serves the troop with the least virtual time in its own queue, unless
//             another carrier's queue holds one that lags a slice or more behind that: then it
//             serves that one
//   steal     a carrier with nothing to do takes up to half of the ready Runnables of the troop
//             that lags most, looks a few times more, and sleeps
//   wake      whoever queues something while carriers sleep and none of them searches wakes one; a
//             carrier that stops searching because it found something wakes the next one; one that
//             queues as its slice ends takes from its queue next, and wakes one only where it
//             leaves something there
//   start     a carrier without an OS thread counts as asleep; waking it starts its OS thread
//   retire    a carrier that is too many hands its queue over and ends between two slices; nobody
//             queues there meanwhile, for who does looks at carriers() under the lock of that queue
//   timers    run between slices; a sleeper, the keeper, sleeps only until the next is due
//   outside   where something waits for the world outside, the keeper sleeps in that, alone, and
//             there is one whenever somebody sleeps, also while a function of a timer runs; who
//             searches looks there once before it sleeps, who is busy every lookInterval between
//             two slices
//   stuck     a carrier that does not get on is replaced by a spare, which uses that one's queue;
//             once it is back, some spare goes (runtime/sched/stand-ins.h)
//   pinned    a Runnable that stays on one OS thread is queued there apart, where nobody steals
//   lag       a troop with too few Runnables to use its share does not save up more than lagMax
//   hand over what a running Thread or guest wakes is kept until that one waits, which it is
//             usually about to do: a Thread of the same troop goes on in the rest of the slice, all
//             else has its turn on the same carrier. What lies there while its carrier does not get
//             on is taken by a carrier that searches; while some carrier serves and others sleep,
//             one of these, the watcher, looks every watchInterval. Between two slices nothing lies
//             there
//
// Invariants that keep wake-ups from getting lost, all operations on these being seq_cst:
//   1. who queues publishes the queue's least virtual time, then reads `sleeping_` and
//      `searching_`; a carrier whose slice ends reads them once it has taken what it runs next
//   2. who goes to sleep counts itself in `sleeping_`, then reads what all queues have published
//   3. who stops searching leaves `searching_`, then reads what all queues have published
//   4. who serves says so in `serves`, and whenever it has handed over reads `sleeping_`,
//      `searching_`, `watched_`; who goes to sleep or stops searching reads every `serves` after
//      what 2 and 3 say, and sees to it that there is a watcher; who clears `watched_` counts in
//      `searching_` from before
//   5. who queues a pinned one says so, then reads `sleeping_`; its own carrier looks after 2
// so of one that queues or hands over and one that goes to sleep at least one sees the other. A
// Runnable that is handed over is put there by a plain store, which the watcher sees in time.
//
// Lock order: that of supply_, then sleepMutex_, then the mutex of one carrier.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "runtime/base/outside.h"
#include "runtime/base/short-lock.h"
#include "runtime/base/sleeping-place.h"
#include "runtime/machine/carrier-supply.h"
#include "runtime/machine/carrier-thread.h"
#include "runtime/sched/carrier.h"
#include "runtime/sched/fair-queue.h"
#include "runtime/sched/scheduler.h"

namespace [[gnu::visibility("hidden")]] troop {

class StandIns;

class WorkStealing final : public Scheduler {
 public:
  // `clock` outlives the scheduler and may be driven by a test; sleeping carriers use the steady
  // clock. There are never more than `carriersMax`; 0: than `carriers`. `root` is where the files
  // are that tell what the machine offers. Carriers that are stuck get spares as
  // `standIns` says.
  WorkStealing(unsigned carriers, const Clock& clock, unsigned carriersMax = 0,
               std::filesystem::path root = "/", StandInOptions standIns = {});
  ~WorkStealing() override;

  // Before anything is queued: carriers report `process` as theirs.
  void start(Process* process) noexcept { process_ = process; }

  Time now() const noexcept override { return clock_.now(); }
  void enqueue(Runnable& runnable) noexcept override;
  void moveUp(Runnable& runnable, Share& payer) noexcept override;
  bool whileQueued(Runnable& runnable, const std::function<void()>& look) noexcept override;
  void becameActive(Share& share) noexcept override;
  bool handOver(Runnable& runnable) noexcept override;
  void queueHandedOver(const Current& here) noexcept override;
  Successor takeSuccessor(const Current& here) noexcept override;
  bool othersReady() const noexcept override;
  bool sliceOver(Time begun) noexcept override { return sliceTime() - begun >= sliceMax; }
  void beginBlocking(Current& here) noexcept override;
  bool endBlocking(Current& here) noexcept override;
  void resize(unsigned carriers) override { supply_.choose(carriers); }
  Outside* outside() const noexcept override { return outside_.load(std::memory_order_acquire); }
  Outside* sleepIn(Ref<Outside> outside) override;
  void drain() override { awaitNoneLive(); }
  void stop() noexcept override;
  std::vector<CarrierStatistics> statistics() const override;

 private:
  // How long what comes from outside waits at least for one that is busy: a look costs about 1 µs.
  static constexpr Duration lookInterval = 50us;

  friend class StandIns;

  using State = Carrier::State;

  void timersMovedForward() noexcept override;
  void timerCalls() noexcept override {
    if (outside() != nullptr) handTimersOn(*all_[troop::current()->carrier]);
  }
  void countPinned(const Current& here, int more) noexcept override {
    all_[here.carrier]->pinnedHere += static_cast<unsigned>(more);
  }
  void prepareFirst() override;
  Time sliceTime() const noexcept override { return clock_.sliceTime(); }

  // Those that there are or have been, in whose queues something may be, and spares at work.
  std::span<const std::unique_ptr<Carrier>> reached() const noexcept {
    return {all_.data(), reached_.load()};
  }
  // And all spares that have been.
  std::span<const std::unique_ptr<Carrier>> known() const noexcept {
    return {all_.data(), known_.load()};
  }

  void run(Carrier& carrier) noexcept;
  // False, and nothing is queued, where the carrier is too many.
  bool push(Carrier& carrier, Runnable& runnable) noexcept;
  // Where its carrier looks there next: it takes it, or wakes somebody for what it leaves.
  void queueAtSliceEnd(Carrier& carrier, Runnable& runnable) noexcept;
  void queueInItsTurn(Carrier& carrier, Runnable& runnable) noexcept;
  static Runnable* takeHandedOver(Carrier& carrier) noexcept;
  // On the carrier where it stays, and wakes that.
  void queuePinned(Runnable& runnable) noexcept;
  // The first of these where it is its turn, before others with the virtual time `othersLeast`.
  Runnable* takePinned(Carrier& carrier, std::uint64_t othersLeast) noexcept;
  // After something was queued.
  void wakeForQueued() noexcept {
    if (sleeping_.load() > 0 && searching_.load() == 0) wakeOneSleeper();
  }
  // The carrier for what comes from no carrier.
  Carrier& nextForeign() noexcept;
  Runnable* next(Carrier& carrier) noexcept;
  Runnable* take(Carrier& carrier) noexcept;
  Runnable* popOwn(Carrier& carrier) noexcept;
  // Takes up to `most` from the queue of `victim`; the first is returned, the others become own.
  Runnable* stealFrom(Carrier& victim, Carrier& carrier, std::size_t most) noexcept;
  // The carrier other than `carrier` whose queue holds the troop that lags most; null if all are
  // empty.
  Carrier* mostLagging(const Carrier& carrier) const noexcept;
  void serve(Carrier& carrier, Share& share) noexcept;
  // Calls act(carrier) with the lock held of the carrier in whose queue it is; false where it is in
  // none.
  template <typename Act>
  bool withQueueOf(const Runnable& runnable, Act act) {
    const unsigned index = runnable.queuedOn_.load(std::memory_order_relaxed);
    if (index >= Runnable::pinnedTo) return false;
    std::lock_guard lock(all_[index]->mutex);
    // Somebody may have taken it meanwhile.
    if (runnable.queuedOn_.load(std::memory_order_relaxed) != index) return false;
    act(*all_[index]);
    return true;
  }
  // With the carrier's lock held.
  static void publish(Carrier& carrier) noexcept;

  // Remembers what was handed over on some other carrier.
  void watch(Carrier& carrier) noexcept;
  // What watch() remembered, if it still lies there and nothing else ran there meanwhile.
  Runnable* takeWatched(Carrier& carrier) noexcept;
  // Whether who goes to sleep is to look again soon.
  bool becomesWatcherLocked() noexcept {
    return !watched_.load() && anyServes() && !watched_.exchange(true);
  }

  void startSearching(Carrier& carrier) noexcept;
  void stopSearching(Carrier& carrier) noexcept;
  bool somethingComesUp(Carrier& carrier) noexcept;
  void sleep(Carrier& carrier) noexcept;
  // By one that is busy, between slices.
  void lookOutside(Carrier& carrier, Time time) noexcept {
    Outside* world = outside();
    if (world == nullptr || time - carrier.lookedOutside < lookInterval) return;
    carrier.lookedOutside = time;
    world->look();
  }
  // Asked on its own OS thread.
  bool isTooMany(const Carrier& carrier) const noexcept {
    if (carrier.pinnedHere > 0) return false;
    // One that has not begun yet goes rather than one that is at work.
    return carrier.isSpare ? sparesTooMany_.load() > sparesWaking_.load()
                           : carrier.index >= carriers();
  }
  // Whether it counts among those that work.
  bool counts(const Carrier& carrier) const noexcept {
    return carrier.isSpare || carrier.index < carriers();
  }
  // Sees to what is queued after something else than a wake changed who runs.
  void offerQueuedLocked() noexcept;
  // The one to wake next; null if all are awake.
  Carrier* sleeperLocked() noexcept;
  void wakeOneSleeper() noexcept;
  void wakeLocked(Carrier& carrier) noexcept;
  int startLocked(Carrier& carrier) noexcept;
  static int startOsThread(Carrier& carrier) noexcept;
  void handTimersOn(Carrier& carrier) noexcept;
  void appointKeeperLocked() noexcept;
  bool keeperNeeded() noexcept { return timers().next() != never || outside() != nullptr; }
  bool anythingQueued() const noexcept {
    return std::ranges::any_of(
        reached(), [](const auto& carrier) { return carrier->least.load() != FairQueue::nothing; });
  }
  bool anyServes() const noexcept {
    return std::ranges::any_of(reached(), [](const auto& carrier) {
      return carrier->serves.load() != FairQueue::nothing;
    });
  }
  bool anythingToDo(const Carrier& carrier) noexcept;

  const Clock& clock_;
  CarrierSupply supply_;
  Process* process_ = nullptr;
  std::vector<std::unique_ptr<Carrier>> all_;
  std::atomic<unsigned> reached_;           // how many these are; changed under sleepMutex_
  std::atomic<unsigned> known_;             // as is this
  std::atomic<unsigned> present_{0};        // those with an OS thread; changed under sleepMutex_
  std::atomic<unsigned> sleeping_;          // asleep or absent; changed under sleepMutex_
  std::atomic<unsigned> searching_{0};      // awake, with nothing to do yet
  std::atomic<unsigned> sparesTooMany_{0};  // of those at work; changed under sleepMutex_
  std::atomic<unsigned> sparesWaking_{0};   // of those at work, what has not begun yet
  std::atomic<bool> watched_{false};  // some sleeper is the watcher; changed under sleepMutex_
  std::atomic<bool> stopping_{false};
  std::atomic<unsigned> foreign_{0};          // wake-ups from no carrier
  std::atomic<std::uint64_t> lastServed_{0};  // the virtual time that some carrier served last
  std::atomic<Outside*> outside_{nullptr};    // set once, under sleepMutex_

  std::mutex sleepMutex_;
  // Awaits the timers and what comes from outside, unless it runs something; protected by
  // sleepMutex_.
  Carrier* keeper_ = nullptr;
  Ref<Outside> outsideKept_;  // outside_
  const std::unique_ptr<StandIns> standIns_;
};

}  // namespace troop
