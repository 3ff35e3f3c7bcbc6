// A Scheduler decides which ready Runnable runs next, on which carrier, and what time it is.
// Threads, Tasks and everything that waits are the same code over each of them: WorkStealing has
// real carriers and the steady clock, SimulatedScheduler one carrier, a seed and virtual time.
//
// Ownership: shared by the Process and its troops, since a wake() may come after the Process has
// ended; then it does nothing. Threads: any, where nothing else is said.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "runtime/base/credit.h"
#include "runtime/base/list.h"
#include "runtime/base/outside.h"
#include "runtime/base/trace-recorder.h"
#include "runtime/carrier-statistics.h"
#include "runtime/ref.h"
#include "runtime/runnable.h"
#include "runtime/sched/current.h"
#include "runtime/sched/timers.h"
#include "runtime/time.h"

namespace [[gnu::visibility("hidden")]] troop {

// In a cache line of its own.
struct alignas(64) CarrierCredit : Credit<Share> {
  // Of those who have emptied it and count that back: until then it is in no figure that is right.
  std::atomic<unsigned> countingBack{0};
};

class Scheduler : public RefCounted, public Clock {
 public:
  // How many there are to be; which of them have an OS thread shows only in statistics.
  unsigned carriers() const noexcept { return carriers_.load(); }
  unsigned carriersMax() const noexcept { return carriersMax_; }
  // And the spares, whose numbers come after those of carriers.
  unsigned carriersWithSpares() const noexcept { return withSpares_; }

  // Sets how many carriers there are, 1 to carriersMax(); 0: as many as the machine offers, now and
  // when that changes. Those that are too many end after their slice and hand over what they had to
  // run.
  virtual void resize(unsigned carriers) = 0;

  // Before something is started: throws Error (overloaded) where there is nothing that could run
  // it.
  void prepare() {
    // Relaxed: who sees it unset looks again under a lock.
    if (!prepared_.load(std::memory_order_relaxed)) prepareFirst();
  }

  Timers& timers() noexcept { return timers_; }

  // What carriers sleep in and look at; null until something waits for the world outside.
  virtual Outside* outside() const noexcept { return nullptr; }
  // The first one stays; what they sleep in from now on. Null where nothing may come from outside.
  virtual Outside* sleepIn(Ref<Outside>) { return nullptr; }

  // Queues a Runnable whose state is `queued`; takes over a reference.
  virtual void enqueue(Runnable& runnable) noexcept = 0;

  // Instead of enqueue(), for one that is woken by what runs now: it goes on when that one waits,
  // in the rest of its slice where both are Threads of a troop, else in its turn. True: a reference
  // is taken over. False: enqueue it.
  virtual bool handOver(Runnable&) noexcept { return false; }
  // What was handed over and does not go on in the slice of `current`, which is over, has its turn.
  virtual void queueHandedOver(const Current&) noexcept {}

  // Who goes on in the slice of `current`: the Thread of the same troop that was handed over last,
  // or the one of it that waits longest here where that troop is served next anyway; null: the
  // slice ends.
  virtual Successor takeSuccessor(const Current&) noexcept { return {}; }

  // For one that was taken by who goes on with it without its carrier: its slice begins. For the
  // one that was left, once nothing runs on its stacks; `nextIsActive` as its successor was.
  static void begin(Runnable& runnable, Current& current) noexcept;
  void settleLeft(Runnable& left, Progress progress, bool nextIsActive) noexcept;

  // Whether others are ready here, so that what runs should let them.
  virtual bool othersReady() const noexcept { return true; }

  // What runs as `here` is about to block its OS thread, and is back. True: another one stands in
  // for it meanwhile, and it should let others run.
  virtual void beginBlocking(Current& /*here*/) noexcept {}
  virtual bool endBlocking(Current& /*here*/) noexcept { return false; }

  // The Runnable of `here` runs on the same OS thread only, and no longer.
  void pin(Current& here) noexcept;
  void unpin(Current& here) noexcept;

  // Moves a queued Runnable to the place of `payer`, if that one is served earlier than the one at
  // whose place it is. Nothing happens to one that is being taken out of its queue.
  virtual void moveUp(Runnable& runnable, Share& payer) noexcept = 0;

  // Calls look() while `runnable` stays in the queue where it is; false, and nothing is called,
  // where it is in none or is being taken out.
  virtual bool whileQueued(Runnable& runnable, const std::function<void()>& look) noexcept = 0;

  // A Runnable of `share` is about to be queued, and nothing of its outermost Share was queued or
  // running.
  virtual void becameActive(Share& share) noexcept = 0;

  // Whether a slice that began at `begun` should end; asked by what runs, between two Tasks.
  virtual bool sliceOver(Time begun) noexcept = 0;

  // Where a run is simulated, what happens next is drawn: which of `ready` Tasks of a Thread goes
  // next, counted from the one that waits longest, which it is elsewhere, or `ready` where the
  // slice ends instead; and whether the calling Task gives way at the primitive that it has just
  // entered, as none does elsewhere.
  bool draws() const noexcept { return draws_; }
  virtual std::size_t drawTask(std::size_t /*ready*/) noexcept { return 0; }
  bool preemptsHere() noexcept { return draws_ && drawPreemption(); }

  // Returns when every Runnable that was ever woken has finished or is gone. Not from a Task.
  virtual void drain() = 0;

  // Ends the carriers and drops what is queued and what timers would call; nothing runs afterwards.
  // After drain().
  virtual void stop() noexcept = 0;

  virtual std::vector<CarrierStatistics> statistics() const = 0;

  // While something is recorded (runtime/trace/recording.h): what happens to `runnable`, on the
  // calling OS thread.
  bool recording() const noexcept {
    // Relaxed: what is recorded begins and ends some time.
    return recorder_.load(std::memory_order_relaxed) != nullptr;
  }
  [[gnu::noinline]] void recordHere(TraceKind kind, Runnable& runnable) const noexcept;
  // The recorder lives as long as the scheduler; null where something is recorded already.
  TraceRecorder* startRecording(std::size_t eventsOfEach, unsigned timesEvery);
  void stopRecording() noexcept { recorder_.store(nullptr); }

  // Those that exist.
  std::vector<Ref<Share>> shares();
  void addShare(Share& share);
  void removeShare(Share& share) noexcept;

  // Counts the Shares any of whose Runnables were woken and have not ended.
  void shareBecameLive() noexcept { sharesLive_.fetch_add(1, std::memory_order_relaxed); }
  void shareCeasedToLive() noexcept;
  bool anyLive() const noexcept { return sharesLive_.load(std::memory_order_acquire) > 0; }

  // Has all that carriers have counted in advance counted back, and waits for others who do so, so
  // that counts are exact but for what goes on meanwhile. False where there was nothing.
  bool collectCredit() noexcept;

  // Counts how often something of its Process was cancelled or killed, after it was: a Task that
  // found no reason to stop need not look for one again while this is the same. Odd, so never 0.
  void countCancellation() noexcept { cancellations_.fetch_add(2, std::memory_order_release); }
  std::uint32_t cancellations() const noexcept {
    return cancellations_.load(std::memory_order_acquire);
  }

 protected:
  enum class Next : unsigned char { inTurn, drawn };
  Scheduler(unsigned carriers, unsigned carriersMax, unsigned sparesMax, Next next = Next::inTurn)
      : carriers_(carriers),
        carriersMax_(carriersMax),
        draws_(next == Next::drawn),
        withSpares_(carriersMax + sparesMax),
        credits_(new CarrierCredit[withSpares_]),
        timers_(*this) {}

  CarrierCredit& creditOf(unsigned carrier) noexcept { return credits_[carrier]; }

  virtual bool drawPreemption() noexcept { return false; }

  // One more, or one fewer, that runs on this OS thread only.
  virtual void countPinned(const Current& /*here*/, int /*more*/) noexcept {}
  static bool isPinned(const Runnable& runnable) noexcept { return runnable.isPinned_; }
  // On which it ran last, where it stays while it is pinned.
  static unsigned carrierOf(const Runnable& runnable) noexcept { return runnable.lastCarrier_; }

  void setCarriers(unsigned carriers) noexcept { carriers_.store(carriers); }

  // Sees to it that somebody runs what will be queued.
  virtual void prepareFirst() { setPrepared(); }
  void setPrepared() noexcept { prepared_.store(true, std::memory_order_relaxed); }

  // Runs one slice of `runnable` as the carrier of `current`, whose reference to it is spent: it is
  // queued again or dropped. Its successors share the slice. The time that the slice took on this
  // scheduler's clock.
  Duration runSlice(Runnable& runnable, Current& current) noexcept;

  // What a slice costs its troop; `elapsed` where time is real.
  virtual Duration cost(Duration elapsed) const noexcept { return elapsed; }

  // Drops a queued Runnable for ever.
  static void discard(Runnable& runnable) noexcept;

  // The earliest timer is now an earlier one: who sleeps until a timer must know.
  virtual void timersMovedForward() noexcept = 0;
  // A timer is about to call a function, which may take long, on the carrier that runs the timers.
  virtual void timerCalls() noexcept {}

  void awaitNoneLive();

 private:
  friend class Share;
  friend class Timers;
  friend class Troop;

  Successor successorOf(Current& current) noexcept;
  static bool collect(CarrierCredit& credit) noexcept;
  std::uint64_t timeToRecord(const TraceRecorder& recorder) const noexcept;
  [[gnu::noinline]] void recordRun(const Current& current, Runnable& runnable) const noexcept;
  [[gnu::noinline]] void record(TraceRecorder& recorder, unsigned carrier, TraceKind kind,
                                Runnable& runnable) const noexcept;
  // What comes after its slice. `left` is the place at which it no longer counts as active; null
  // where who was handed over counts in its stead.
  void settle(Runnable& runnable, Progress progress, Share* left) noexcept;

  std::atomic<unsigned> carriers_;
  const unsigned carriersMax_;
  const bool draws_;
  const unsigned withSpares_;
  const std::unique_ptr<CarrierCredit[]> credits_;  // of each, by its number
  std::atomic<bool> prepared_{false};
  std::atomic<std::uint32_t> cancellations_{1};
  std::atomic<TraceRecorder*> recorder_{nullptr};
  std::atomic<std::size_t> sharesLive_{0};
  std::mutex liveMutex_;
  std::condition_variable noneLive_;
  std::mutex recordersMutex_;
  // Of recordings that were, too: some carrier may still write to them. Protected by
  // recordersMutex_.
  std::vector<std::unique_ptr<TraceRecorder>> recorders_;
  std::mutex sharesMutex_;
  CountedList<Share, struct SharesTag> shares_;  // protected by sharesMutex_
  Timers timers_;
};

}  // namespace troop
