// How an Async enters a Monitor (runtime/sharing/monitor.h): it is suspended until it is inside,
// and calls a function there.
//
// Ownership: they keep the Monitor, the predicate and the function until they have ended. Threads:
// that of the Async. Limits: the frame of an Async each. Fails: as every co_await
// (runtime/async/wait.h), and then the function was not called; what the function throws is thrown.
// Misuse: a function that waits: no coroutine can, so Entered::wait() fails in it, and it keeps its
// place.
//
//   Job next = co_await async::enterWhen(
//       jobs, [](const auto& queue) { return !queue.empty(); }, takeFirst);
//   co_await async::enter(
//       done, [](auto& all, Entered& inside, Job job) {
//         all.push_back(job);
//         inside.signal();
//       }, next);
#pragma once

#include <concepts>
#include <coroutine>
#include <exception>
#include <utility>

#include "runtime/async/async.h"
#include "runtime/sched/waiter.h"
#include "runtime/sharing/monitor.h"

namespace [[gnu::visibility("hidden")]] troop {
namespace async {

struct MonitorAccess {
  template <typename T>
  static MonitorCore& core(const Monitor<T>& monitor) noexcept {
    return *monitor.core_;
  }
  // By who is inside.
  template <typename T>
  static T& value(const Monitor<T>& monitor) noexcept {
    return monitor.core_->value;
  }
  // By who is inside, which leaves.
  template <typename T, typename F, typename... Arguments>
  static auto call(const Monitor<T>& monitor, F& function, Arguments&... arguments) {
    return monitor.call(MonitorCore::ownerOf(Waiter::ofCaller()), function, arguments...);
  }
  template <typename T, typename F, typename... Arguments>
  using Result = decltype(call(std::declval<const Monitor<T>&>(), std::declval<F&>(),
                               std::declval<Arguments&>()...));
};

// NOLINTBEGIN(readability-identifier-naming): the language asks for these names

// The way in; awaited again and again until that gives true.
class [[nodiscard]] MonitorEntry {
 public:
  explicit MonitorEntry(MonitorCore& core) noexcept : core_(core) {}
  ~MonitorEntry();
  MonitorEntry(const MonitorEntry&) = delete;
  MonitorEntry& operator=(const MonitorEntry&) = delete;

  // Of one that was signalled: what it was woken for is not lost, whatever happens to its Task.
  void defer() noexcept { interruption_ = Interruption::deferred; }

  bool await_ready();
  bool await_suspend(std::coroutine_handle<> leaf);
  bool await_resume();

 private:
  void settle() noexcept;

  MonitorCore& core_;
  Entrance::Visit visit_;
  Interruption interruption_ = Interruption::allowed;
  bool waits_ = false;   // settle() has to come
  bool listed_ = false;  // and is suspended
};

// From inside: lets others in until it is signalled, and is outside then.
class [[nodiscard]] SignalWait {
 public:
  explicit SignalWait(MonitorCore& core) noexcept : core_(core) {}
  bool await_ready() const noexcept { return false; }
  bool await_suspend(std::coroutine_handle<> leaf);
  void await_resume();

 private:
  MonitorCore& core_;
};

// NOLINTEND(readability-identifier-naming)

// What Monitor::enter() gives.
template <typename T, typename F, typename... Arguments>
Async<MonitorAccess::Result<T, F, Arguments...>> enter(Monitor<T> monitor, F function,
                                                       Arguments... arguments) {
  {
    MonitorEntry entry(MonitorAccess::core(monitor));
    while (!co_await entry) {
    }
  }
  co_return MonitorAccess::call(monitor, function, arguments...);
}

// The same once predicate(T&) holds, which is asked inside, first and after each signal.
template <typename T, std::predicate<T&> Predicate, typename F, typename... Arguments>
Async<MonitorAccess::Result<T, F, Arguments...>> enterWhen(Monitor<T> monitor, Predicate predicate,
                                                           F function, Arguments... arguments) {
  requireKeepsNothing<Predicate>();
  MonitorCore& core = MonitorAccess::core(monitor);
  for (bool signalled = false;; signalled = true) {
    {
      MonitorEntry entry(core);
      if (signalled) entry.defer();
      while (!co_await entry) {
      }
    }
    bool holds = false;
    try {
      holds = predicate(MonitorAccess::value(monitor));
    } catch (...) {
      core.leave(MonitorCore::ownerOf(Waiter::ofCaller()));
      std::rethrow_exception(crossing(std::current_exception()));
    }
    if (holds) co_return MonitorAccess::call(monitor, function, arguments...);
    co_await SignalWait(core);
  }
}

}  // namespace async
}  // namespace troop
