// The side of a Monitor that is the same for all types: who is inside, who waits, and who refers to
// it.
//
// Who leaves does not give the place to who waits longest: it wakes that one, and whoever comes
// first enters. So who is in and out again and again goes on in its slice, at two locked
// instructions each time, and nobody has to wait until another one has come to run. Who was woken
// `overtakingsMax` times, and each time found somebody inside, has the place kept for it.
//
//   1. who waits is woken by who is inside, which MonitorWord tells it; or somebody was woken who
//      has not looked yet: woken_. One at a time is enough: it gets in, or marks who is
//   2. a place that was promised is taken by the one that was woken
//   3. who is inside is inside until it leaves, or waits and is back; whatever is thrown
//   4. who is inside, or others meanwhile, may let go of the last reference: it destroys the
//      Monitor when it leaves. Who waits has a reference, and who wakes others keeps one until it
//      is done
//
// Ownership: Refs. Threads: any. Misuse: a Monitor whose caller lets go of it while it waits to
// enter.
//
//   const MonitorCore::Owner owner = core->enter();
//   change(core->value);
//   core->leave(owner);
#pragma once

#include <mutex>

#include "runtime/base/reference-count.h"
#include "runtime/error.h"
#include "runtime/ref.h"
#include "runtime/sched/waiter.h"
#include "runtime/sharing/monitor-word.h"
#include "runtime/time.h"

namespace [[gnu::visibility("hidden")]] troop {

namespace async {
class MonitorEntry;
class SignalWait;
}  // namespace async

class MonitorCore {
 public:
  // Who is inside.
  using Owner = MonitorWord<>::Owner;
  static Owner ownerOf(const Waiter& waiter) noexcept { return reinterpret_cast<Owner>(&waiter); }

  MonitorCore() = default;
  MonitorCore(const MonitorCore&) = delete;
  MonitorCore& operator=(const MonitorCore&) = delete;

  // For Refs: as RefCounted, but that who is inside is another one that keeps it.
  void addRef() noexcept { references_.add(); }
  void dropRef() noexcept {
    if (references_.drop()) unreferenced();
  }

  // Waits until the caller is inside, whatever happens. Throws Error (failed, deadlock) where it is
  // inside already, and Error (failed) in a coroutine that would have to wait.
  Owner enter();
  // The same until `deadline`; fails with overloaded/deadline when that passes first, and with
  // failed/cancelled where no wait throws. Throws as every wait does.
  Expected<Owner> enterBy(Time deadline);
  // By who is inside; the Monitor may be gone then.
  void leave(Owner owner) noexcept {
    if (!word_.tryLeave(owner)) leaveMarked();
  }

  // By who is inside: lets others in until it is signalled, and comes back in whatever happens.
  WaitResult wait(Time deadline);
  void signal() noexcept;
  void broadcast() noexcept;

 protected:
  virtual ~MonitorCore() = default;

 private:
  friend class async::MonitorEntry;
  friend class async::SignalWait;

  // Of who waits to enter.
  struct Entry {
    Owner owner = 0;
    bool wasWoken = false;
    unsigned overtakings = 0;
  };
  // So few that nobody waits for long, and so many that keeping a place, which costs a switch to
  // who gets it, is rare.
  static constexpr unsigned overtakingsMax = 8;

  // Looks a few times. Throws Error (failed, deadlock).
  bool tryEnter(const Waiter& waiter) {
    return word_.tryEnter(ownerOf(waiter)) || lookAgain(ownerOf(waiter));
  }
  bool lookAgain(Owner owner);
  WaitResult enterSlowly(const Waiter& waiter, Time deadline, Interruption interruption);
  void leaveMarked() noexcept;
  void unreferenced() noexcept;
  // Null where the last reference is gone.
  Ref<MonitorCore> tryShare() noexcept;

  // With mutex_ held. By who comes, and each time that it was woken; true: it is inside, and
  // settle() comes next.
  bool takePlace(Entry& entry) noexcept;
  // Where it is to wait.
  WaitList& listOf(const Entry& entry) noexcept { return entry.wasWoken ? overtaken_ : entering_; }
  // It waits no longer. Has the next one woken by who is inside, or at once where that is nobody.
  void settle(const Entry& entry) noexcept;
  // By who is inside, with a reference.
  void givePlace() noexcept;
  // False if nobody waits.
  bool wakeNext() noexcept;

  MonitorWord<> word_;
  ReferenceCount<> references_;
  bool woken_ = false;     // protected by mutex_, as all below
  unsigned starving_ = 0;  // how many of those that wait have been overtaken often enough
  std::mutex mutex_;
  WaitList entering_;
  WaitList overtaken_;  // were woken in vain, and go first
  WaitList waiting_;    // for a signal
};

}  // namespace troop
