// What an Async awaits: Events, times, turns, the end of Threads. Channels:
// runtime/async/channel.h.
//
// Each is for one co_await, in the Async that runs. Ownership: what is awaited outlives the
// co_await. Threads: coroutines, of any Thread. Fails: as the plain waits do, a co_await throws
// Cancelled in a Task that was cancelled, and Error (overloaded, deadline) when a deadline that the
// Task inherited passes. Limits: none of its own. Misuse: awaited outside of an Async that a Scope
// runs, which throws Error (failed).
//
//   co_await ready;                               // an Event
//   if (co_await async::wait(ready, after(1s)) == WaitResult::timedOut) ...
//   co_await async::sleep(10ms);
//   co_await async::yield();
//   Expected<void> ended = co_await async::join(*thread);
#pragma once

#include <coroutine>
#include <mutex>

#include "runtime/error.h"
#include "runtime/event.h"
#include "runtime/sched/waiter.h"
#include "runtime/thread.h"
#include "runtime/time.h"
#include "runtime/wait-result.h"

namespace [[gnu::visibility("hidden")]] troop {
namespace async {

// The two halves of a wait on a list, of the coroutine that runs. suspendIn(): `lock` is of the
// mutex that protects `list`, held before, not after; true where it is left suspended at `leaf`.
template <typename Mutex>
bool suspendIn(WaitList& list, std::unique_lock<Mutex>& lock, const char* what,
               std::coroutine_handle<> leaf, Time deadline, Interruption interruption);
template <typename Mutex>
WaitResult resumedFrom(WaitList& list, Mutex& mutex) noexcept;

// NOLINTBEGIN(readability-identifier-naming): the language asks for these names

class [[nodiscard]] EventWait {
 public:
  EventWait(Event& event, Time deadline) noexcept : event_(event), deadline_(deadline) {}
  bool await_ready() const;
  bool await_suspend(std::coroutine_handle<> leaf);
  // signalled, or timedOut after the deadline.
  WaitResult await_resume();

 private:
  Event& event_;
  const Time deadline_;
};

class [[nodiscard]] TimeWait {
 public:
  explicit TimeWait(Time when) noexcept : when_(when) {}
  bool await_ready() const;
  bool await_suspend(std::coroutine_handle<> leaf) const;
  void await_resume() const;

 private:
  const Time when_;
};

class [[nodiscard]] TurnWait {
 public:
  bool await_ready() const;
  void await_suspend(std::coroutine_handle<> leaf) const noexcept;
  void await_resume() const;
};

class [[nodiscard]] ThreadWait {
 public:
  ThreadWait(Thread& thread, Time deadline) noexcept;
  bool await_ready() const;
  bool await_suspend(std::coroutine_handle<> leaf) { return ended_.await_suspend(leaf); }
  Expected<void> await_resume();

 private:
  Thread& thread_;
  EventWait ended_;
};

// NOLINTEND(readability-identifier-naming)

inline EventWait wait(Event& event, Time deadline = never) noexcept {
  return {event, deadline};
}

inline TimeWait sleepUntil(Time when) noexcept {
  return TimeWait(when);
}
inline TimeWait sleep(Duration duration) noexcept {
  return TimeWait(after(duration));
}

// Lets others run that are ready.
inline TurnWait yield() noexcept {
  return {};
}

// As Thread::join().
inline ThreadWait join(Thread& thread, Time deadline = never) noexcept {
  return {thread, deadline};
}

}  // namespace async

inline async::EventWait operator co_await(Event& event) noexcept {
  return {event, never};
}

}  // namespace troop
