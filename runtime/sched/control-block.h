// The control block of a Task: what it waits for, and whose child it is. How it runs is up to its
// kind: FiberTask has a stack of its own.
//
// A Task is cancelled when its troop was killed, when a scope around its Thread, the scope that it
// was started in, or one that it has opened itself was cancelled; nothing is stored here, so
// cancelling a scope reaches Tasks that are about to be started as well.
//
// Ownership: its Thread. Threads: whoever runs the Thread; unpark() from any OS thread.
#pragma once

#include <cstdint>
#include <exception>
#include <memory>
#include <utility>

#include "runtime/base/blocks.h"
#include "runtime/base/body.h"
#include "runtime/base/list.h"
#include "runtime/budget.h"
#include "runtime/error.h"
#include "runtime/loan.h"
#include "runtime/ref.h"
#include "runtime/sched/timers.h"
#include "runtime/sched/waiter.h"
#include "runtime/stack/fiber.h"
#include "runtime/time.h"

namespace [[gnu::visibility("hidden")]] troop {

class Scope;
class Thread;

// Of a wait whose deadline was inherited.
Error deadlineError();

class Task : public Waiter,
             public ListHook<struct AllTasksTag>,  // of its Thread
             public ListHook<struct ReadyTag>,     // in its Thread's ready list or inbox
             public ListHook<struct ChildTag>      // of the scope it was started in
{
 public:
  virtual ~Task() = default;

  Thread& thread() const noexcept { return thread_; }
  unsigned id() const noexcept { return id_; }
  // Whether others may touch what is on the stacks of its Thread while that waits.
  bool stacksStay() const noexcept;
  // Null for one that has none of its own.
  virtual const Stack* stack() const noexcept { return nullptr; }

  // Of the innermost scope that it is in.
  Time deadline() const noexcept;

  // Why it should stop, or null; scopes opened inside `outside`, and that one, do not count.
  const Error* cancellation(const Scope* outside = nullptr) const noexcept;
  void throwIfCancelled() const;
  // That, or because its deadline has passed; not where its waits tell by their results.
  void throwIfStopped();

  // Whether its waits tell by their results that it was cancelled, or that a deadline which it
  // inherited has passed, since an exception would end the program or did what they wait for.
  bool tellsByResult() const noexcept { return mustNotThrow_ || std::uncaught_exceptions() > 0; }
  bool mustNotThrow() const noexcept { return mustNotThrow_; }
  // By itself; what it was before.
  bool setMustNotThrow(bool whether) noexcept {
    const bool before = mustNotThrow_;
    mustNotThrow_ = whether;
    return before;
  }

  // Whether it has said of handles that they are used by its Thread only
  // (runtime/deadlock/used-here-only.h); written by itself.
  bool declaresEnds() const noexcept { return declaresEnds_; }
  void setDeclaresEnds(bool whether) noexcept { declaresEnds_ = whether; }

  // By its Thread: runs it, and those that it goes on with by itself, until the one that runs then
  // waits, gives way or ends.
  void resume() noexcept;
  // By its Thread: the last of those that resume() let go on was this one.
  void hasLeft() noexcept;
  // Of one that goes on with the next by itself when it leaves; null for others.
  Fiber* fiber() noexcept;
  virtual bool ended() const noexcept = 0;

  // By its Thread while it waits: gives up the pages that its stack holds, and takes them back,
  // which comes before it or anything on its stack is touched. Nothing for one without a stack, or
  // where there is no memory for what lives on it.
  virtual void compact() noexcept {}
  virtual void expand() noexcept {}
  // What its body threw, a Cancelled among others.
  std::exception_ptr takeFailure() noexcept { return std::move(failure_); }
  Scope* parent() const noexcept { return parent_; }

  // On what it works; null: at the expense of its own troop. Children that it starts in a scope
  // work on the same.
  Loan* loan() const noexcept { return loan_.get(); }
  // By itself, or before it is started: works on `loan` from now on; what it worked on before.
  Ref<Loan> workOn(Ref<Loan> loan) noexcept;

  // By its Thread, while it is not running: ends its wait if it may be interrupted and was
  // cancelled.
  void interrupt() noexcept;
  bool waits() const noexcept { return waits_; }
  // Whether a time ends the wait that it is in.
  bool isTimed() const noexcept { return timed_; }
  // Whether that has ended, so that it goes on when its turn comes.
  bool isWoken() const noexcept { return waits_ && !pending(); }

  // Lets other ready Tasks run first.
  virtual void yield() noexcept = 0;
  // In which slice of its Thread it last did so.
  std::uint16_t yieldedIn() const noexcept { return yieldedIn_; }

  WaitResult conclude(WaitResult result, Time deadline) override;
  void enter() override;

 protected:
  enum class Runs : unsigned char { onFiber, asCoroutine };
  Task(Thread& thread, unsigned id, Scope* parent, Runs runs);

  // Of one that no scope started.
  virtual Time deadlineAtStart() const noexcept { return never; }
  virtual void run() noexcept = 0;
  // Ends its waits; asked for only where one has a deadline.
  virtual Timer& timer() = 0;

  // The two halves of a wait that was begun, around leaving the carrier to others. False: it has
  // ended without that. When arming the timer throws, a wait that somebody has ended already is as
  // good as one that goes on: true.
  bool beginWait(Time deadline, Interruption interruption);
  void endWait() noexcept {
    waits_ = false;
    if (timed_) disarm();
  }
  // The timer of a wait. Not inlined, as most have no deadline. False as that of beginWait().
  [[gnu::noinline]] bool arm(Time until);
  [[gnu::noinline]] void disarm() noexcept;

  // Throws Error (failed, deadlock) where that was why its last wait ended.
  void throwIfRefused() const;

  // Ready again at once, behind those that are.
  void makeReady() noexcept;
  bool shouldGiveWay() noexcept;
  // Whether it found no reason to stop, nor a deadline, and nothing was cancelled since.
  bool calm() const noexcept;
  // The deadline of its wait is due; by its timer.
  void timeOut() noexcept { signal(ticket(), WaitResult::timedOut); }
  void markYielded() noexcept;
  void setFailure(std::exception_ptr failure) noexcept { failure_ = std::move(failure); }

 private:
  friend class Scope;

  // Charges its Loan for the time since it began to work on it, or went on to.
  void chargeLoan() noexcept;
  void unpark() noexcept override { makeReady(); }
  bool deadlinePassed() const noexcept;

  Thread& thread_;
  Scope* const parent_;         // null for the first Task of a Thread, and those posted
  Scope* innermost_ = nullptr;  // the scope it opened last
  std::exception_ptr failure_;
  Ref<Loan> loan_;
  std::uint32_t calmIn_ = 0;  // Scheduler::cancellations() when it was calm; 0: look again
  const unsigned id_;
  std::uint16_t yieldedIn_ = 0;
  const Runs runs_ : 1;
  bool mustNotThrow_ : 1 = false;
  bool waits_ : 1 = false;
  bool timed_ : 1 = false;  // the wait it is in has its timer armed
  bool declaresEnds_ : 1 = false;
  Interruption interruption_ = Interruption::deferred;  // of the wait it is in
};

// A Task whose body is a plain function that runs on a stack of its own, where it may wait
// anywhere.
class FiberTask final : public InBlock, public Task, private Timer {
 public:
  // Where `stack` is empty it gets one when it begins to run, so that those that are only waiting
  // for their turn have none; it fails with overloaded/memory if there is none then, and what it
  // was started with is destroyed on the carrier's, where its waits are refused.
  FiberTask(Thread& thread, unsigned id, Stack stack, Charge charge, std::unique_ptr<Body> body,
            Scope* parent, Time deadline);

  const Stack* stack() const noexcept override { return &fiber_.stack(); }
  bool ended() const noexcept override { return fiber_.ended() || hasNoStack(); }
  bool mayPark() const noexcept override { return !hasNoStack(); }
  void yield() noexcept override;
  void enter() override;
  WaitResult park(Time deadline, Interruption interruption) override;
  void giveWay() noexcept override;
  void compact() noexcept override;
  void expand() noexcept override { fiber_.expand(); }

 private:
  friend class Task;
  static void main(void* task) noexcept;
  void call() noexcept;
  [[gnu::noinline]] void keepFailure() noexcept;
  [[gnu::noinline]] void dropBody() noexcept;
  // False: there is none, and it has failed.
  bool takeStack() noexcept;
  // Lets the next Task of its Thread go on, or ends the slice. Returns when its turn comes again.
  void leave() noexcept;
  // Of one that is ready. Not inlined, as most that enter a primitive have time left.
  [[gnu::noinline]] void letOthersRun() noexcept;
  void run() noexcept override;
  void due() noexcept override { timeOut(); }
  Timer& timer() override { return *this; }
  // And never will, which is why its body is gone.
  bool hasNoStack() const noexcept { return body_ == nullptr && !fiber_.hasStack(); }
  Time deadlineAtStart() const noexcept override { return deadlineAtStart_; }

  const Charge charge_;
  Fiber fiber_;
  std::unique_ptr<Body> body_;
  const Time deadlineAtStart_;
};

inline Fiber* Task::fiber() noexcept {
  return runs_ == Runs::onFiber ? &static_cast<FiberTask*>(this)->fiber_ : nullptr;
}

}  // namespace troop
