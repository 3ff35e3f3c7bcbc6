// A Scope owns the Tasks and Threads that are started in it: leaving it joins them all. When one
// fails, the others are cancelled and the first error is thrown by join() or the destructor. A
// deadline holds for every wait within, of the Task that opened the Scope and of all that were
// started in it.
//
// Cancelling a Scope makes the next wait of everything in it throw Cancelled, also of the Task that
// opened it, which is how it leaves the Scope; inScope() turns that into the error that was the
// cause.
//
// Ownership: a local variable of a Task; Scopes of a Task nest. Threads: task() and thread() by
// Tasks of the Thread that opened it, cancel() by any. Limits: the troop's. Fails: starting throws
// Error beyond a limit, and Cancelled once cancelled, or drops what was to be started where no wait
// may throw; Threads also throw Error (failed) in a Thread that shares its stack (Parked). Misuse:
// a Task that never waits delays the end of its Scope.
//
//   Scope scope{{.deadline = 2s}};
//   scope.thread(produce, std::move(sender));   // another Thread: Sendable arguments, no captures
//   scope.task([&] { drain(receiver); });       // same Thread: captures are fine
#pragma once

#include <atomic>
#include <coroutine>
#include <cstddef>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "runtime/async/future.h"
#include "runtime/base/body.h"
#include "runtime/base/list.h"
#include "runtime/error.h"
#include "runtime/ref.h"
#include "runtime/sched/waiter.h"
#include "runtime/sendable.h"
#include "runtime/thread.h"
#include "runtime/time.h"

namespace [[gnu::visibility("hidden")]] troop {

class Task;
namespace async {
class ChildrenWait;
}
namespace deadlock {
class Look;
}

class Scope : public ListHook<struct CancelledTag>  // in its Thread's list of news
{
 public:
  struct Options {
    Duration deadline = forever;  // from now
  };

  Scope() : Scope(Options{}) {}
  // Throws Error (failed) when the caller is no Task.
  explicit Scope(Options options);
  // Cancels what is left if an exception unwinds, joins always; throws as join() does otherwise,
  // but nothing where its Task has said MustNotThrow (runtime/task.h).
  ~Scope() noexcept(false);

  // Starts a Task of the calling Thread.
  template <typename F>
  void task(F function) {
    startTask(makeBody(std::move(function)));
  }

  // Starts a coroutine as a Task of the calling Thread: an Async, or what returns one, which is
  // kept until that has ended. Defined in runtime/async/async.h.
  template <typename F>
  void async(F work);

  // Starts either, a callable as task() does and an Async as async() does, and gives a Future of
  // what it returns. What it throws goes there, and as always to the Scope.
  template <typename F>
  auto future(F work);

  // Starts a Thread of the same troop. Where the slice of the calling one is over others run first,
  // of its own Tasks, too, as at a wait.
  template <typename F, typename... Arguments>
  void thread(F function, Arguments... arguments) {
    thread(ThreadOptions{}, std::move(function), std::move(arguments)...);
  }
  template <typename F, typename... Arguments>
  void thread(ThreadOptions options, F function, Arguments... arguments) {
    startThread(std::move(options), makeThreadBody(std::move(function), std::move(arguments)...));
  }

  // The same with a Future of what the function returns, which is Sendable. What it throws goes
  // there, and as always to the Scope.
  template <typename F, typename... Arguments>
  auto threadFuture(ThreadOptions options, F function, Arguments... arguments) {
    auto [body, result] =
        makeFutureBody<ErrorsGo::toTheThreadAsWell>(std::move(function), std::move(arguments)...);
    startThread(std::move(options), std::move(body));
    return std::move(result);
  }

  // The next wait of everything in the Scope throws Cancelled; what has not begun will not.
  void cancel() noexcept;
  void cancel(Error cause) noexcept;
  bool cancelled() const noexcept { return cancelled_.load(std::memory_order_acquire); }

  // Waits until all have ended, whatever happens; throws the first error, or Cancelled if the
  // caller was cancelled from outside the Scope.
  void join();
  // The same for destructors and noexcept functions: gives the first error, or failed/cancelled.
  // The destructor throws of neither any more.
  Expected<void> joinNoThrow() noexcept;

 protected:
  // Opened by `owner`, which runs.
  Scope(Options options, Task& owner);

  // The halves of join(), around the waits for its children.
  void cancelFromOutside() noexcept;
  void throwOutcome();
  std::exception_ptr takeFailure() noexcept;
  // The owner's code within ended by `cancelled`, which does not go further.
  void leftBy(const Cancelled& reason) noexcept;

 private:
  friend class async::ChildrenWait;
  friend class deadlock::Look;
  friend class Task;
  friend class Thread;

  template <typename F>
  friend void inScope(Options options, F function);

  void startTask(std::unique_ptr<Body> body);
  // Takes over `root` unless it throws.
  void startCoroutine(std::coroutine_handle<> root);
  void start(Task& task) noexcept;
  void startThread(ThreadOptions options, std::unique_ptr<Body> body);
  void throwIfClosed() const;
  // Whether what is to be started is dropped, since it would be cancelled before it began, and who
  // starts it must not be told so by an exception.
  bool leavesOut() noexcept;

  const Error* cancellation() const noexcept { return cancelled() ? &*cause_ : nullptr; }
  // By its Thread.
  void interruptTasks() noexcept;
  // By whoever ran the child, whose last touch of the Scope this is.
  void childEnded(const std::exception_ptr& failure) noexcept;
  void threadEnded(Thread& thread, const std::exception_ptr& failure) noexcept;
  void countEnded() noexcept;
  // One more is about to be started.
  void countStarted() noexcept;
  // By who waits for all to end, under mutex_: whether none runs. From here on the count is exact.
  bool noneRuns() noexcept;
  // From here on cancelling interrupts the Thread, which until then looks itself.
  void list(Thread& thread) noexcept;
  // Remembers the first failure and cancels the rest.
  void fail(const std::exception_ptr& failure) noexcept;
  // True: the wait was interrupted before all had ended.
  bool awaitChildren(Interruption interruption);
  void joinChildren();
  void leave() noexcept;

  // In which `task` is, or its Thread; null for none.
  static Scope* around(const Task& task) noexcept;
  // That `task` has opened and waits for the end of; null for none. While its Thread is at rest.
  static const Scope* joinedBy(const Task& task) noexcept;

  Task& owner_;
  Scope* const outer_;
  const Time deadline_;
  const int unwindingAtStart_;
  bool toldCancellation_ = false;
  List<Task, struct ChildTag> tasks_;  // only of the owner's Thread
  bool hasThreads_ = false;            // likewise: they hold its address
  std::size_t ahead_ = 0;              // likewise: counted in running_ and not started yet
  bool countsAhead_ = true;            // likewise: nobody has waited for all to end yet

  std::atomic<bool> cancelled_{false};
  std::optional<Error> cause_;  // written once, before cancelled_ is set

  // Becomes 0 under mutex_ only, so that who sees that under it is touched by nobody any more.
  std::atomic<std::size_t> running_{0};
  std::mutex mutex_;                       // protects all below
  List<Thread, struct ChildTag> threads_;  // those that are enlisted
  std::exception_ptr firstFailure_;
  WaitList joining_;
  // Whether the owner is one of these: others may join as well. Written by the owner's Thread.
  bool ownerJoins_ = false;
};

// Async<T>, and what returns one, are for runtime/async/async.h to define.
template <typename T>
class Async;
namespace async {
template <typename F>
struct IsAsync : std::false_type {};
template <typename T>
struct IsAsync<Async<T>> : std::true_type {
  using Value = T;
};
template <typename F>
struct ReturnsAsync : std::false_type {};
template <typename F>
  requires std::is_invocable_v<F&>
struct ReturnsAsync<F> : IsAsync<std::invoke_result_t<F&>> {};
}  // namespace async

template <typename F>
auto Scope::future(F work) {
  if constexpr (std::is_invocable_v<F&> && !async::ReturnsAsync<F>::value) {
    auto [resolver, result] = troop::future<std::invoke_result_t<F&>>();
    task([to = std::move(resolver), work = std::move(work)]() mutable {
      if (const std::exception_ptr failure = to.resolveBy(work)) {
        std::rethrow_exception(failure);
      }
    });
    return std::move(result);
  } else {
    return startForFuture(*this, std::move(work));
  }
}

// Calls function(scope) and joins; throws the first error of what was started, also where
// `function` itself was cancelled because of it. Returns normally where `function` or a Task in the
// scope cancelled it.
template <typename F>
void inScope(Scope::Options options, F function) {
  Scope scope(options);
  try {
    function(scope);
  } catch (const Cancelled& cancelled) {
    scope.leftBy(cancelled);
  }
  scope.join();
}

}  // namespace troop
