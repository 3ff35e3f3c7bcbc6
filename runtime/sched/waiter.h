// The one primitive under everything that waits: Event, Channel, join and sleep work for Tasks,
// which park, and for OS threads, which block, because both are Waiters.
//
// A wait goes: begin() gives it a ticket; the ticket's holder may be listed where it will be
// signalled; park() returns when somebody has ended the wait. The first of signal, deadline and
// cancellation wins, the others do nothing. Who lists a Waiter protects the list by a lock, signals
// under that lock, and takes it off the list under that lock after park(): so nobody touches a
// Waiter whose wait is over.
//
// Ownership: a Waiter belongs to its Task or OS thread, which has one. Threads: signal() from any,
// under the lock of the list; everything else by its own Task or OS thread.
//
//   std::unique_lock lock(mutex_);
//   while (!open_) waiting_.wait(lock, deadline, Interruption::allowed, "a gate");
#pragma once

#include <mutex>

#include "runtime/base/check.h"
#include "runtime/base/list.h"
#include "runtime/sched/wait-word.h"
#include "runtime/time.h"
#include "runtime/wait-result.h"

namespace [[gnu::visibility("hidden")]] troop {

// Whether cancellation and inherited deadlines end a wait.
enum class Interruption : unsigned char { allowed, deferred };

class Waiter;

// The place of a Waiter in a list: its own, or one of several where it waits for one of several
// things. Protected by the lock of the list.
class WaitNode : public ListHook<struct WaitTag> {
 public:
  // Whether it was here that the wait was signalled; after the wait.
  bool signalled() const noexcept { return waiter_ == nullptr; }

 private:
  friend class WaitList;
  Waiter* waiter_ = nullptr;  // whose wait it is, until that was signalled here
};

class Waiter : public WaitNode {
  friend class WaitList;

 public:
  using Ticket = WaitTicket;

  // The calling Task, or the calling OS thread. Carriers' own code has none: it must not wait.
  static Waiter& ofCaller() noexcept;

  // Starts a wait for `what`, which reports name.
  Ticket begin(const char* what) noexcept {
    what_ = what;
    return word_.begin();
  }
  // Of the wait that was begun last. Others read the first two, and what() only where they keep it
  // from going on: its Thread is parked, or the lock is held that it takes when it does.
  Ticket ticket() const noexcept { return word_.ticket(); }
  bool pending() const noexcept { return word_.pending(); }
  const char* what() const noexcept { return what_; }

  // Ends the wait; false when it was over.
  bool signal(Ticket ticket, WaitResult result) noexcept;

  // Ends the wait by the waiter itself, which does not park() then; false when it was over.
  bool claim() noexcept { return resolve(ticket(), WaitResult::signalled); }

  // False for what suspends instead: a coroutine. Its plain waits are refused, as if cancelled,
  // also those that are deferred: who calls them asks this first.
  virtual bool mayPark() const noexcept { return true; }

  // Returns when the wait that was begun last has ended; at once where cancellation is pending or
  // the deadline has passed.
  virtual WaitResult park(Time deadline, Interruption interruption) = 0;

  // What `result` means to the caller: throws Cancelled if its Task was cancelled, Error
  // (overloaded, deadline) if it was an inherited deadline that passed; returns it where an
  // exception is unwinding, or the Task said MustNotThrow.
  virtual WaitResult conclude(WaitResult result, Time deadline) = 0;

  // Called on entry to a primitive that may wait. Under simulation others may go first. Then it
  // throws as conclude() does if the Task was cancelled or its deadline has passed, so that a Task
  // which never has to wait is stopped as well.
  virtual void enter() = 0;

  // enter() without the exceptions.
  virtual void giveWay() noexcept = 0;

 protected:
  Waiter() = default;
  ~Waiter() = default;

  // Called once for each signal() that ended a wait, before which park() does not return.
  virtual void unpark() noexcept = 0;

  // Ends the wait without unpark(); for the waiter itself.
  bool resolve(Ticket ticket, WaitResult result) noexcept { return word_.resolve(ticket, result); }
  WaitResult result() const noexcept { return word_.result(); }

 private:
  WaitWord<> word_;
  const char* what_ = "";
};

// Those that wait for one thing, first come first served; protected by a mutex of its owner.
class WaitList {
 public:
  bool empty() const noexcept { return waiters_.empty(); }

  // Waits until signalled here; `lock` is of the owner's mutex, held before and after, not
  // meanwhile.
  template <typename Mutex>
  WaitResult wait(std::unique_lock<Mutex>& lock, Time deadline, Interruption interruption,
                  const char* what) {
    return wait(Waiter::ofCaller(), lock, deadline, interruption, what);
  }
  // `waiter` is the caller. In line, so that those that wait for long keep a frame fewer.
  template <typename Mutex>
  [[gnu::always_inline]] WaitResult wait(Waiter& waiter, std::unique_lock<Mutex>& lock,
                                         Time deadline, Interruption interruption,
                                         const char* what) {
    if (!waiter.mayPark()) {
      check(interruption == Interruption::allowed, "what cannot wait does not have to");
      return WaitResult::cancelled;
    }
    waiter.begin(what);
    add(waiter, waiter);
    lock.unlock();

    struct Relock {
      std::unique_lock<Mutex>& lock;
      WaitList& list;
      Waiter& waiter;
      [[gnu::always_inline]] ~Relock() {
        lock.lock();
        list.remove(waiter);
      }
    } const relock{lock, *this, waiter};
    return waiter.park(deadline, interruption);
  }

  // Of who waits by another way than wait(): lists it, before it parks; takes it off, after.
  void add(WaitNode& node, Waiter& waiter) noexcept;
  void remove(WaitNode& node) noexcept;

  // Calls visit(node, waiter) for each, in this order.
  template <typename Visit>
  void forEach(Visit visit) {
    WaitNode* node = waiters_.front();
    for (; node != nullptr; node = waiters_.after(*node)) visit(*node, *node->waiter_);
  }

  // Ends the wait of the first one that still waits; false if there is none.
  bool signalOne() noexcept;
  void signalAll() noexcept;

  // Ends the wait of the last one that still waits, as signalOne() does, but it goes on after
  // letGo() only; null if there is none.
  Waiter* holdLast() noexcept;
  static void letGo(Waiter& held) noexcept;

 private:
  // Off the list, and its wait ended; who is to be unparked, or null where it had ended before.
  Waiter* take(WaitNode& node) noexcept;

  List<WaitNode, WaitTag> waiters_;
};

}  // namespace troop
