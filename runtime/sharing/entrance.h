// The way into what one Task or OS thread is inside of at a time, a Monitor or a mutex: who is
// inside, and who waits.
//
// Who leaves does not give the place to who waits longest: it wakes that one, and whoever comes
// first enters. So who is in and out again and again goes on in its slice, at two locked
// instructions each time, and nobody has to wait until another one has come to run. Who was woken
// `overtakingsMax` times, and each time found somebody inside, has the place kept for it.
//
//   1. who waits is woken by who is inside, which MonitorWord tells it; or somebody was woken who
//      has not looked yet: woken_. One at a time is enough: it gets in, or marks who is
//   2. a place that was promised is taken by the one that was woken
//   3. who is inside is inside until it leaves, whatever is thrown
//   4. who leaves gives the place away under the lock only where somebody was woken, who takes that
//      lock before it goes on, else by the last thing that it does: so whoever comes next may
//      destroy what it was inside of as soon as it has left
//
// Ownership: a member of what it is the way into. Threads: any. Misuse: leaving what one is not
// inside of, which ends the program.
//
//   const Entrance::Owner owner = entrance_.enter("a gate");
//   ...
//   entrance_.leave(owner);
#pragma once

#include "runtime/base/short-lock.h"
#include "runtime/deadlock/known-wait.h"
#include "runtime/error.h"
#include "runtime/sched/waiter.h"
#include "runtime/sharing/monitor-word.h"
#include "runtime/time.h"

namespace [[gnu::visibility("hidden")]] troop {

class Entrance {
 public:
  // Who is inside.
  using Owner = MonitorWord<>::Owner;
  static Owner ownerOf(const Waiter& waiter) noexcept { return reinterpret_cast<Owner>(&waiter); }

  // Of who waits to enter.
  struct Visit {
    Owner owner = 0;
    bool wasWoken = false;
    unsigned overtakings = 0;
  };

  constexpr Entrance() = default;

  // Waits until the caller is inside, whatever happens; reports say that it waits for `what`.
  // Throws Error (failed, deadlock) where it is inside already, and where waiting has closed a
  // circle and its Process lets locks throw (LocksInDeadlock), and Error (failed) in a coroutine
  // that would have to wait.
  Owner enter(const char* what);
  // The same until `deadline`, or `never`; fails with overloaded/deadline when that passes first,
  // with failed/deadlock where waiting has closed a circle, and with failed/cancelled where no wait
  // throws. Throws as every wait does.
  Expected<Owner> enterBy(Time deadline, const char* what);
  // Without waiting, nor a look at who is inside.
  bool tryEnter(Owner owner) noexcept { return word_.tryEnter(owner); }
  bool isInside(Owner owner) const noexcept { return word_.isInside(owner); }
  void leave(Owner owner) noexcept {
    if (!word_.tryLeave(owner)) leaveMarked(owner);
  }

  // The parts of these, for those that wait or leave in ways of their own.

  // Looks a few times. Throws Error (failed, deadlock).
  bool tryEnter(const Waiter& waiter) {
    return word_.tryEnter(ownerOf(waiter)) || lookAgain(ownerOf(waiter));
  }
  // Fails with Error (failed, deadlock) where it may be refused so.
  Expected<WaitResult> enterSlowly(Waiter& waiter, Time deadline, Interruption interruption,
                                   const char* what, deadlock::Refused refused);
  bool tryLeave(Owner owner) noexcept { return word_.tryLeave(owner); }
  void leaveMarked(Owner owner) noexcept;
  MonitorWord<>& word() noexcept { return word_; }

  // Protects all that follows.
  ShortLock& lock() noexcept { return mutex_; }
  // By who comes, and each time that it was woken; true: it is inside, and settle() comes next.
  bool takePlace(Visit& visit) noexcept;
  // Where it is to wait.
  WaitList& listOf(const Visit& visit) noexcept { return visit.wasWoken ? overtaken_ : entering_; }
  // It waits no longer. Has the next one woken by who is inside, or at once where that is nobody.
  void settle(const Visit& visit) noexcept;
  // By who is inside, of what is still there afterwards.
  void givePlace() noexcept;

 private:
  // So few that nobody waits for long, and so many that keeping a place, which costs a switch to
  // who gets it, is rare.
  static constexpr unsigned overtakingsMax = 8;

  bool lookAgain(Owner owner);
  static const Waiter* holderOf(const void* entrance) noexcept;
  WaitResult awaitPlace(Waiter& waiter, Time deadline, Interruption interruption, const char* what);
  // False if nobody waits.
  bool wakeNext() noexcept;
  // False, and nothing is given, where nobody is to come.
  bool giveToWoken() noexcept;

  MonitorWord<> word_;
  ShortLock mutex_;
  bool woken_ = false;     // protected by mutex_, as all below
  unsigned starving_ = 0;  // how many of those that wait have been overtaken often enough
  WaitList entering_;
  WaitList overtaken_;  // were woken in vain, and go first
};

}  // namespace troop
