// The side of a Monitor that is the same for all types: who is inside, who waits, and who refers to
// it.
//
// How one enters is in entrance.h. Who is inside, or others meanwhile, may let go of the last
// reference: who is inside destroys the Monitor when it leaves. Who waits has a reference, and who
// wakes others keeps one until it is done.
//
// Ownership: Refs. Threads: any. Misuse: a Monitor whose caller lets go of it while it waits to
// enter.
//
//   const MonitorCore::Owner owner = core->enter();
//   change(core->value);
//   core->leave(owner);
#pragma once

#include "runtime/base/reference-count.h"
#include "runtime/error.h"
#include "runtime/ref.h"
#include "runtime/sched/waiter.h"
#include "runtime/sharing/entrance.h"
#include "runtime/time.h"

namespace [[gnu::visibility("hidden")]] troop {

namespace async {
class MonitorEntry;
class SignalWait;
}  // namespace async

class MonitorCore {
 public:
  // Who is inside.
  using Owner = Entrance::Owner;
  static Owner ownerOf(const Waiter& waiter) noexcept { return Entrance::ownerOf(waiter); }

  MonitorCore() = default;
  MonitorCore(const MonitorCore&) = delete;
  MonitorCore& operator=(const MonitorCore&) = delete;

  // For Refs: as RefCounted, but that who is inside is another one that keeps it.
  void addRef() noexcept { references_.add(); }
  void dropRef() noexcept {
    if (references_.drop()) unreferenced();
  }

  // As those of Entrance.
  Owner enter() { return entrance_.enter(place); }
  Expected<Owner> enterBy(Time deadline) { return entrance_.enterBy(deadline, place); }
  // By who is inside; the Monitor may be gone then.
  void leave(Owner owner) noexcept {
    if (!entrance_.tryLeave(owner)) leaveMarked(owner);
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

  static constexpr const char* place = "a place in a monitor";

  void leaveMarked(Owner owner) noexcept;
  void unreferenced() noexcept;
  // Null where the last reference is gone.
  Ref<MonitorCore> tryShare() noexcept;

  Entrance entrance_;
  ReferenceCount<> references_;
  WaitList waiting_;  // for a signal; protected by the lock of entrance_
};

}  // namespace troop
