// A Runnable is what carriers run: a Thread with its Tasks, or a guest that is polled. It runs on
// one carrier at a time and may run on another one next time.
//
// Ownership: whoever made it; the scheduler holds a reference of its own while it is queued or
// running. A parked one that nobody refers to is destroyed. Threads: wake() from any OS thread;
// runSlice() is only ever called by a carrier, never concurrently with itself. Limits: a slice is
// sliceMax; one that takes longer delays others. Misuse: runSlice() must not block the OS thread
// and must not let an exception out; once troopKilled() was called it must come to
// Progress::finished, for the Process waits for that. Fails: nothing here throws, and what fails
// inside a slice stays with the Runnable.
//
//   class Guest : public Runnable {
//     Progress runSlice() noexcept override { return poll() ? Progress::parked : Progress::ready; }
//   };
//   Ref<Guest> guest = makeRef<Guest>(troop);
//   guest->wake();                   // it runs at least once after this
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "runtime/base/list.h"
#include "runtime/ref.h"
#include "runtime/time.h"

namespace [[gnu::visibility("hidden")]] troop {

class Troop;
class Share;

inline constexpr Duration sliceMax = 1ms;

enum class Progress : unsigned char {
  parked,    // nothing to do until the next wake()
  ready,     // more to do: queue it again
  finished,  // never run it again
};

class Runnable : public RefCounted,
                 public ListHook<struct ReadyTag>,  // protected by the queue it is in
                 public ListHook<struct ShareTag>   // protected by its Share, as isListed_ says
{
 public:
  // Makes it run at least once after the call; thread-safe, never blocks, harmless when finished.
  void wake() noexcept;

  // The same, on behalf of `payer`: where it is queued already at the place of somebody who is
  // served later, it moves up to the place of `payer`.
  void wakeFor(Share& payer) noexcept;

  Troop& troop() const noexcept;
  Share& share() const noexcept { return *share_; }

  // Whether it is a Thread.
  bool isThread() const noexcept { return isThread_; }

  // How many slices ran, and how many of them began on another carrier than the one before.
  std::uint64_t slices() const noexcept { return slices_.load(std::memory_order_relaxed); }
  std::uint64_t migrations() const noexcept { return migrations_.load(std::memory_order_relaxed); }

  // True for those that call Troop::chargeCpu() themselves before each slice ends; carriers charge
  // the others by the time that a slice took.
  virtual bool measuresOwnCpu() const noexcept { return false; }

  // Calls look() while nothing of it runs, where it is parked or queued now: what its slices change
  // may be read meanwhile, and a slice that is to begin waits for that. False, and nothing is
  // called, where it runs, is about to, or has ended. `look` wakes nobody, throws nothing, and is
  // short, as spinning carriers may wait for it.
  bool whileItRests(const std::function<void()>& look) noexcept;

  // For reports; empty where it has none.
  virtual std::string_view reportedName() const noexcept;

  // One line for reports of what waits, such as "Thread 'log': Task 1 waits for a channel to
  // receive".
  virtual void describeWaits(std::string& report) const;

 protected:
  explicit Runnable(Ref<Share> share);  // a Troop is a Share

  // For Threads: they have a reference of their own from their first wake() to their end, instead
  // of one each time they are queued, never a payer, and may be handed the rest of a slice.
  enum class ThreadTag : unsigned char { thread };
  Runnable(Ref<Share> share, ThreadTag);
  ~Runnable() override;

  // Whose turn it takes when it runs next: that of the troop which pays for what it will do. Null:
  // its own. Called before it is queued, by whoever does so, never while it runs or is queued.
  virtual Ref<Share> nextPayer() noexcept;

  // Whether what `payer` pays for may go on in the slice that runs: not where it is served so much
  // later than the one whose turn it is that it would jump the queue.
  static bool turnCovers(const Share& payer) noexcept;

  // Where what `payer` pays for is done at the place of somebody who has had less, that one, who
  // wants it done sooner, has had it as well: so that nobody is a source of CPU time for others.
  static void chargeHelper(const Share& payer, Duration cpu) noexcept;

  // Where it is parked: true, and nobody else runs or queues it until the caller, who may change
  // what else only its slices may touch, calls queueTaken(). For Threads.
  bool takeParked() noexcept;
  void queueTaken() noexcept;

  // Of a Thread that its Share counts as live and active, with a reference, before it is woken: so
  // it has been made with a reference that was somebody else's.
  void setCountedAhead() noexcept { isCounted_ = true; }

  // Runs until it has nothing to do, or its slice is over.
  virtual Progress runSlice() noexcept = 0;

  // Called once when the troop is killed, or at the first wake() where it was killed before, on the
  // OS thread that does so and before wake(); must only set flags. Nothing is called for one never
  // woken. A Thread is told no earlier than its first slice ends.
  virtual void troopKilled() noexcept {}

  // Its first slice has ended and was not its last: from here on others reach it to tell it that it
  // is to stop. Many a Thread ends in its first slice, and finds out itself before it waits.
  virtual void enlist() noexcept;
  bool isListed() const noexcept { return isListed_; }

 private:
  friend class Scheduler;
  friend class Share;
  friend class FairQueue;
  friend class PinnedQueue;
  friend class ReadyQueue;
  friend class WorkStealing;

  // created -> queued -> running -> parked -> queued ... -> finished. A wake() while it runs is
  // remembered in runningWoken, so that it is queued again instead of parked. Who looks at a parked
  // one has it run meanwhile, though it is no carrier.
  //   1. it is queued once for each change to `queued`: so it is in one queue at most, and runs on
  //      one carrier at most
  //   2. a slice begins after each wake(), and sees what the waker wrote before: each change reads
  //      the one before, and one who finds it queued or woken already says so by a change as well
  enum class State : unsigned char { created, parked, queued, running, runningWoken, finished };

  static constexpr unsigned noCarrier = ~0U;
  // Added to the number of a carrier: in the queue of those that run there only.
  static constexpr unsigned pinnedTo = 1U << 31;

  Share& place() const noexcept { return place_ ? *place_ : *share_; }
  // Before it is queued: takes the place of nextPayer(), and counts as active there.
  void takePlace() noexcept;

  // In the cache line of the hook: all that who carries it off from a queue touches.
  const bool isThread_;
  bool isYoung_ = false;  // a Thread that was never queued before; protected as place_ is
  // As a member of its Share; of who runs it or wakes it first.
  bool isListed_ : 1 = false;
  bool isCounted_ : 1 = false;  // ahead, before it is started
  bool isPinned_ : 1 = false;   // goes on where it ran last only; of who runs it
  std::atomic<State> state_{State::created};
  // The carrier in whose queue it is, or pinnedTo it; changed under the lock of that queue.
  std::atomic<unsigned> queuedOn_{noCarrier};
  Share* const share_;  // to which it has a reference
  // At whose place it is queued or runs, null for its own. Of who is about to queue it, then
  // protected by the queue it is in, then of the carrier that runs it.
  Ref<Share> place_;
  unsigned lastCarrier_ = noCarrier;  // of the carrier that runs it
  std::atomic<std::uint64_t> slices_{0};
  std::atomic<std::uint64_t> migrations_{0};
  Runnable* nextKilled_ = nullptr;  // of Share::kill()
};

}  // namespace troop
