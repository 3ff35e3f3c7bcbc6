// Carriers that come and go: how many there are to be, and the spares that stand in for those that
// do not get on, because what they run blocks its OS thread or computes for long.
//
//   stuck      a carrier that has been in one slice for long while something is ready, and no
//              carrier is free to take it; where what runs said that it blocks, or the kernel says
//              that its OS thread sleeps, sooner
//   stands in  a spare is one more carrier for the time: it has no queue of its own, but uses that
//              of the carrier that is stuck, so that nothing has to be handed over
//   back       the carrier that was stuck ends its slice: some spare that is at work ends as well,
//              one that was woken and has not begun yet, else the first that ends its slice
//   rests      a spare that stands in for nobody waits for the next time, and its OS thread ends
//              when that does not come
//
// Invariant, under the scheduler's sleepMutex_: spares at work = carriers that are replaced +
// sparesTooMany_.
//
// Ownership: a member of its scheduler, whose carriers it changes. Threads: any. Limits: as the
// options say; beyond them what is stuck stays so. Who tells a host waits for who is stuck, so that
// is another OS thread than the one that watches: of each carrier one slice at a time waits to be
// told of, and another is only if it lasts until then. Fails: where the kernel starts no OS thread
// it is tried again at the next look.
//
//   if (carrier.replaced) standIns.comeBack(carrier);
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "runtime/machine/watchdog.h"
#include "runtime/sched/work-stealing.h"

namespace [[gnu::visibility("hidden")]] troop {

class StandIns {
 public:
  using Options = StandInOptions;

  StandIns(WorkStealing& scheduler, Options options);

  // Changes how many carriers there are.
  void setCount(unsigned count) noexcept;
  // Ends `carrier`, unless it is no longer too many; on its own OS thread.
  bool retire(Carrier& carrier) noexcept;

  // By who wakes one of `sleepers` carriers: when it was the last, or where a host is to be told of
  // one that does not get on, somebody has to watch.
  void wakes(unsigned sleepers) noexcept {
    if (sleepers == 1 || options_.tell) watch();
  }
  void watch() noexcept {
    if (watches_) watchdog_.wake();
  }
  // Once nothing runs and the scheduler is stopping.
  void stop() noexcept;

  // By what runs on `carrier`. endBlocking(): whether it was replaced meanwhile.
  void beginBlocking(Carrier& carrier) noexcept;
  bool endBlocking(Carrier& carrier, Current& here) noexcept;

  // On the OS thread of one that was replaced, between two slices.
  void comeBack(Carrier& carrier) noexcept;
  // `carrier` counts no longer as replaced, where it did: it is back, or was on its way to sleep or
  // to retire when it was taken for stuck.
  void dismissLocked(Carrier& carrier) noexcept;
  // On the OS thread of one that has retired: false where that is its end, else it stands in again.
  bool rest(Carrier& carrier) noexcept;

 private:
  // What the watchdog has seen of a carrier.
  struct Seen {
    std::uint64_t slices = 0;
    Time since = never;
    bool isCounted = false;    // as a stall
    bool isTold = false;       // or waits in untold_
    std::uint64_t asleep = 0;  // `slices` and 1 where its OS thread slept then; 0: it did not
  };

  // A slice that a host is to be told of.
  struct Untold {
    std::atomic<bool> waits{false};  // set by the watchdog, cleared by who tells
    // Written while it is not set.
    Carrier* carrier = nullptr;
    std::uint64_t slices = 0;
    Duration lasted{0};
    bool replaced = false;
    unsigned tries = 0;
  };

  // How long its OS thread had computed when that was asked last.
  struct Computed {
    Duration cpu{0};
    Time at = never;
  };

  using State = Carrier::State;
  enum class Stuck : unsigned char {
    idle,        // it serves nobody
    notForLong,  // or said so, and is replaced already
    computes,    // as its CPU clock says; or nobody could replace it
    blocks,      // as what it runs says, or as it seems, not for long
    blocksForLong,
    forLong,
  };

  // Gives `stuck` a stand-in; false where there is none.
  bool replaceLocked(Carrier& stuck) noexcept;
  // One that stands in for nobody; null where there is none.
  Carrier* freeSpareLocked() noexcept;
  bool startLocked(Carrier& spare) noexcept;
  // After a spare has got its OS thread, or lost it: who looks at all looks at no more than these.
  void updateReachedLocked() noexcept;
  void handQueueOver(Carrier& carrier) noexcept;

  // By the watchdog: when it looks again.
  Duration look() noexcept;
  bool nobodyIsFree() const noexcept;
  bool somethingWaits() const noexcept;
  Stuck lookAt(const Carrier& carrier, Time now) noexcept;
  // Of one that does not say that it blocks, and is not in its slice for long.
  enum class Asks : unsigned char { all, clocks };
  Stuck askTheKernel(const Carrier& carrier, Time now, Asks asks) noexcept;
  bool computesMostly(const Carrier& carrier, Time now) noexcept;
  // Whether it has got a stand-in.
  bool replaceIfStuck(Carrier& carrier) noexcept;
  // Counts it, and has the host told once.
  void tellOf(Carrier& carrier, Time now) noexcept;
  // By who tells the host: when it tries again.
  Duration tell() noexcept;
  // Whether it is over.
  bool tellOnce(Untold& untold) noexcept;

  WorkStealing& scheduler_;
  const Options options_;
  const bool watches_;
  unsigned count_;                   // the most carriers there have been; protected as is made_
  unsigned made_ = 0;                // of the spares; protected by the scheduler's sleepMutex_
  std::atomic<unsigned> atWork_{0};  // changed under that
  std::vector<Seen> seen_;           // only of the watchdog, as down to inVain_
  std::vector<Computed> computed_;
  std::vector<Untold> untold_;  // by the index of its carrier
  Duration pause_;              // before its next look
  unsigned quietLooks_ = 0;     // in a row, as the next
  unsigned inVain_ = 0;         // at which some did not compute, and none was to be replaced
  Watchdog watchdog_;
  Watchdog teller_;
};

}  // namespace troop
