// A Thread is a group of Tasks that see each other's objects without locks: at most one of them
// runs at a time, on one carrier or another. Threads are light; a Process runs many more of them
// than there are carriers.
//
// Ownership: Refs; a running Thread keeps itself alive until its last Task has ended. Threads: any.
// Limits: Troop's threadsMax, tasksMax and memory. Fails: post() says why; a Task's exception
// becomes the result of join(). Misuse: a Task that computes without waiting delays the other Tasks
// of its Thread; an address of a local given to others, where the stack does not stay (Parked).
//
//   Ref<Thread> log = troop.serviceThread("log");
//   log->post(write, line);                        // from any OS thread
//   log->close();
//   Expected<void> ended = log->join();
#pragma once

#include <atomic>
#include <coroutine>
#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>

#include "runtime/base/blocks.h"
#include "runtime/base/body.h"
#include "runtime/base/list.h"
#include "runtime/base/short-lock.h"
#include "runtime/base/slice-end.h"
#include "runtime/budget.h"
#include "runtime/error.h"
#include "runtime/event.h"
#include "runtime/ref.h"
#include "runtime/runnable.h"
#include "runtime/sendable.h"
#include "runtime/time.h"

namespace [[gnu::visibility("hidden")]] troop {

class Compactable;
class Compactor;
struct Current;
class Fiber;
class Scope;
class StackTenant;
class Task;
namespace async {
class ThreadWait;
}
namespace inspect {
class ThreadReader;
}
namespace sync {
class thread;
}

enum class Parked : unsigned char {
  keepsStacks,
  // A Thread that waits for long gives up the memory of its stacks but for what lives there: so it
  // costs some hundred bytes instead of pages, and its next wake some microseconds more. Nobody but
  // its own Tasks may then touch what is on its stacks while it waits: StackLent of runtime/task.h
  // says when others do.
  compacted,
  // For those that wait by the million: one of its Tasks, the one that begins first, lives on a
  // stack that others of its troop live on, too, one at a time; what it has there is kept aside
  // while another one runs. So it needs no pages, nor calls of the kernel; what lives there is
  // copied each time, so that little should. Its other Tasks have stacks of their own, as has one
  // that begins while all are in use; each is charged for a whole one. It lends nothing: StackLent,
  // and what needs it, as Process::run() and Threads in Scopes, throw; who computes for long, or
  // blocks its OS thread, delays all that stand there; a local lent to others is somebody else's.
  sharesStack,
};

struct ThreadOptions {
  std::string name;
  Parked parked = Parked::keepsStacks;
};

class Thread final : public InBlock,
                     public Runnable,
                     public ListHook<struct ChildTag>  // of the scope it is in, once enlisted
{
 public:
  // Starts a Task that calls function(arguments...): one that captures nothing, and Sendable
  // arguments (runtime/sendable.h). Fails when the Thread has ended or was closed, when its troop
  // was killed, and beyond a limit of the troop.
  template <typename F, typename... Arguments>
  Expected<void> post(F function, Arguments... arguments) {
    return post(makeThreadBody(std::move(function), std::move(arguments)...));
  }

  // Accepts no more; the Thread ends when its Tasks have ended.
  void close() noexcept;

  // Waits for its end; the error of the Task that failed first, if any. Fails with
  // overloaded/deadline when `deadline` passes first, and with failed/deadlock for the calling
  // Task's own Thread, or in a circle of those that wait (runtime/deadlock/).
  Expected<void> join(Time deadline = never);
  // The same, and fails with failed/cancelled where the Task was cancelled.
  Expected<void> joinNoThrow(Time deadline = never) noexcept;

  // Keeps `object`, which its Tasks work on for others, until disown(), at most until its end: a
  // last Task lets it go before. False, and nothing is kept, where it has ended or is about to.
  bool own(std::shared_ptr<void> object);
  // Gives back what own() keeps; null where it keeps no such object.
  std::shared_ptr<void> disown(const void* object) noexcept;

  const std::string& name() const noexcept;

  // Of the calling Task, or null.
  static Thread* current() noexcept;

  std::string_view reportedName() const noexcept override;
  void describeWaits(std::string& report) const override;

 private:
  friend class async::ThreadWait;
  friend class inspect::ThreadReader;
  friend class sync::thread;
  friend class FiberTask;
  friend class Pin;
  friend class Process;
  friend class Scope;
  friend class SimulatedProcess;
  friend class SimulatedScheduler;
  friend class StackLent;
  friend class Task;
  friend class ThreadHoldings;
  friend class Troop;

  // What keeps a Thread open that has no Task.
  enum class Stays : unsigned char { whileItHasTasks, untilClosed };
  using Owned = std::unordered_map<const void*, std::shared_ptr<void>>;

  // Its troop is charged for it until its end; also for a first Task that is made when it runs, and
  // calls a Body of so many bytes. 0: there is no such Task.
  Thread(Ref<Troop> troop, ThreadOptions options, Stays stays, Scope* scope,
         std::size_t firstBodyBytes);
  Parked parked() const noexcept;
  void giveChargeBack() noexcept;
  // Before it is started: what its first Task will call. The Task, which its troop has admitted and
  // is charged for, is made when the Thread first runs, so that those that are only waiting for
  // their turn have none.
  void beginWith(std::unique_ptr<Body> body, Time deadline) noexcept;
  ~Thread() override;

  Expected<void> post(std::unique_ptr<Body> body);
  // Creates a Task that is not ready yet; fails beyond a limit.
  Expected<Task*> create(std::unique_ptr<Body> body, Scope* parent, Time deadline);
  Task& createCoroutine(std::coroutine_handle<> root, Scope& parent);
  // False when it accepts no more.
  bool deliver(Task& task) noexcept;
  void start() noexcept;
  Expected<WaitResult> awaitEnd(Waiter& waiter, Time deadline);
  void awaitEnd() noexcept;  // whatever happens
  // What join() returns after a wait for its end.
  Expected<void> outcome(WaitResult waited) const;
  // Throws what its first failed Task threw, once it has ended.
  void rethrowFailure() const;

  Progress runSlice() noexcept override;
  void troopKilled() noexcept override;
  void enlist() noexcept override;

  // From any OS thread: makes `task` ready and wakes the Thread.
  void makeReady(Task& task) noexcept;
  // Has all its Tasks look whether they were cancelled, or those of `scope`.
  void interrupt() noexcept;
  void interrupt(Scope& scope) noexcept;
  // Why all its Tasks should stop, or null.
  const Error* cancellation() const noexcept;

  bool sliceUsedUp() noexcept;                    // asked by a Task that need not wait
  [[gnu::noinline]] bool sliceIsOver() noexcept;  // as it is asked seldom

  // Until giveBackStacks() others may touch what is on its stacks. Throws where one is shared.
  void lendStacks();
  void giveBackStacks() noexcept;
  // Gives the pages of its stacks up, if it was asked to and may.
  void compactIfAsked() noexcept;
  void expand() noexcept;
  Compactor& compactor() const noexcept;

  // Has the fiber of its Task live on a shared stack, where it has none yet and may.
  bool moveIn(Fiber& fiber) noexcept;

  void makeFirstTask() noexcept;
  // Lets go of `owned`, which may wait; false, and it is gone, where there is no memory for a Task.
  bool makeLastTask(std::unique_ptr<Owned> owned) noexcept;
  void addTask(std::unique_ptr<Body> body, Charge charge, Time deadline);
  void beginSlice(Current& here) noexcept;
  Progress endSlice(Current& here) noexcept;
  void lookForNews() noexcept {
    // Relaxed: what is not seen here comes with a wake(), after which the Thread looks again.
    if (news_.load(std::memory_order_relaxed)) takeNews();
  }
  void takeNews() noexcept;
  Task* nextReady() noexcept;
  // Which Task goes on in this slice, when the one that ran has left; null: the slice ends.
  Task* nextInSlice() noexcept;
  // When there is none: of the Thread that goes on in the slice, whose own begins; this one is
  // parked or queued once the Task has left. Null: the carrier sees to it.
  Task* goOnElsewhere(Current& here) noexcept;
  // By the Task that was gone on with, once nothing runs on the stacks of that Thread any more.
  void settleBefore() noexcept;
  // Whether its next Task can be gone on with by who leaves.
  bool goesOnAtOnce() const noexcept;
  void retire(Task& task) noexcept;
  // Counts its first Task as ended where that was not its end as well.
  void countFirstTask() noexcept;
  bool end() noexcept;

  const std::unique_ptr<const std::string> name_;  // null for none
  std::unique_ptr<Body> first_;                    // until its Task is made
  Time firstDeadline_ = never;
  Scope* const scope_;  // that it was started in, or null; outlives it
  const std::uint32_t firstBodyBytes_;
  std::atomic<unsigned> ids_{0};

  // Only of who runs it.
  List<Task, struct AllTasksTag> tasks_;
  List<Task, struct ReadyTag> ready_;
  Task* next_ = nullptr;      // chosen by the one that has left
  Thread* before_ = nullptr;  // which it goes on after, and which is not parked or queued yet
  bool tookTurn_ = false;     // as one that was active already
  bool compacted_ = false;
  bool owesTask_ = false;  // its first Task, its only one, has ended, which is not counted yet
  std::uint16_t slice_ = 0;
  std::uint16_t primitivesEntered_ = 0;
  std::uint16_t switches_ = 0;
  std::uint16_t pins_ = 0;                          // that there are
  const std::unique_ptr<Compactable> compactable_;  // null where it is not to be compacted
  const std::unique_ptr<StackTenant> tenant_;       // null where it shares no stack

  std::atomic<bool> news_{false};  // whether there is anything in what mutex_ protects; under it
  const Stays stays_;
  ShortLock mutex_;  // protects down to owned_
  bool interruptAll_ = false;
  bool closed_ = false;
  bool ended_ = false;
  List<Task, struct ReadyTag> inbox_;
  List<Scope, struct CancelledTag> cancelledScopes_;
  std::unique_ptr<Owned> owned_;  // null for none

  Ref<SliceEnd> sliceEnd_;      // who counts for it what it shares; only of who runs it, or null
  std::exception_ptr failure_;  // of the Task that failed first; read once hasEnded_ is set
  Event hasEnded_;
};

}  // namespace troop
