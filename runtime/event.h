// An Event is a flag that is set once; Tasks and OS threads wait for it.
//
// Ownership: whoever made it; it may be destroyed as soon as a wait() for it has returned. Threads:
// any. Limits: as many wait as there are. Fails: wait() throws Cancelled in a Task that was
// cancelled, and Error (overloaded, deadline) when the deadline that the Task inherited passes; it
// returns instead while an exception unwinds, and where the caller says MustNotThrow
// (runtime/task.h), as destructors and noexcept functions that wait have to. Misuse: one that
// others set, on the stack of a Thread that is compacted or shares its stack while it waits (Parked
// of runtime/thread.h): they would write into something else.
//
//   Event ready;
//   scope.task([&] { prepare(); ready.set(); });
//   if (ready.wait(after(1s)) == WaitResult::timedOut) ...
#pragma once

#include <atomic>

#include "runtime/base/short-lock.h"
#include "runtime/sched/waiter.h"
#include "runtime/time.h"
#include "runtime/wait-result.h"

namespace [[gnu::visibility("hidden")]] troop {

namespace async {
class EventWait;
}

class Event {
 public:
  // Wakes all who wait; does nothing when set.
  void set() noexcept;

  // Only tells: who destroys the Event must have waited for it.
  bool isSet() const noexcept { return set_.load(std::memory_order_acquire); }

  // signalled, or timedOut after `deadline`; at once when set.
  WaitResult wait(Time deadline = never);

  // The same without exceptions: cancelled for a Task that was cancelled.
  WaitResult waitNoThrow(Time deadline = never) noexcept;

 private:
  friend class Thread;
  friend class async::EventWait;
  WaitResult wait(Time deadline, Interruption interruption, const char* what = "an event");

  ShortLock mutex_;
  std::atomic<bool> set_{false};  // written under mutex_
  WaitList waiting_;              // protected by mutex_
};

}  // namespace troop
