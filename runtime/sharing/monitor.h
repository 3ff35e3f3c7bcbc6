// A Monitor<T> is a T that several Threads change, one at a time: it can only be reached inside
// enter(), and nothing that refers into it leaves. So what is called inside captures nothing; what
// it needs are Sendable arguments after it, and what it throws leaves as an Error. One that
// captures is given as assumeSendable(function): who calls it answers for that. Inside, one may
// wait until something holds; who changes what others wait for signals.
//
// Ownership: copies of a Monitor share one T; who is inside may let go of the last one; circles of
// Monitors that hold each other are not found, who builds them takes them apart. Threads: any, OS
// threads of the host as well; a Task parks, an OS thread blocks, a coroutine enters with co_await
// (runtime/async/monitor.h). Those that wait enter in the order in which they came. Others may
// overtake them, as who runs and comes again and again does at next to no cost, but not for ever:
// when who waits longest was woken eight times in vain, the place is kept for it. Fails: entering
// what one is inside of throws Error (failed, deadlock); what was done inside so far is undone by
// nobody. Cancellation: enter() is as a mutex, also for destructors: no Task is told there that it
// was cancelled, nor that a deadline which it inherited has passed. enterBy() and Entered::wait()
// tell, as every wait (runtime/event.h). Misuse: waiting for something else inside, which keeps all
// others out; a loop without waits, which asks throwIfCancelled() now and then, though it enters.
// Limits: none of its own; the T is paid for by the troop that makes it.
//
//   Monitor<std::deque<Job>> jobs = Monitor<std::deque<Job>>::make();
//   jobs.enter(
//       [](auto& queue, Entered& inside, Job job) {
//         queue.push_back(std::move(job));
//         inside.signal();
//       },
//       job);
//   Job next = jobs.enter([](auto& queue, Entered& inside) {
//     inside.wait([&] { return !queue.empty(); });
//     return takeFirst(queue);
//   });
#pragma once

#include <concepts>
#include <exception>
#include <type_traits>
#include <utility>

#include "runtime/budget.h"
#include "runtime/error.h"
#include "runtime/heap/charge-caller.h"
#include "runtime/ref.h"
#include "runtime/sched/waiter.h"
#include "runtime/sendable.h"
#include "runtime/sharing/freezable.h"
#include "runtime/sharing/isolated.h"
#include "runtime/sharing/monitor-core.h"
#include "runtime/time.h"

namespace [[gnu::visibility("hidden")]] troop {

// For who is inside a Monitor.
class Entered {
 public:
  Entered(const Entered&) = delete;
  Entered& operator=(const Entered&) = delete;

  // Lets others in until predicate() holds, which is asked inside; false when `deadline` has passed
  // and it does not. Throws as every wait does, being inside; Error (failed) in coroutines.
  template <std::predicate Predicate>
  bool wait(Predicate predicate, Time deadline = never) {
    while (!predicate()) {
      if (core_.wait(deadline) != WaitResult::signalled) return predicate();
    }
    return true;
  }

  // Wakes the one that waits longest, or all; they go on once they are inside.
  void signal() noexcept { core_.signal(); }
  void broadcast() noexcept { core_.broadcast(); }

 private:
  template <typename T>
  friend class Monitor;
  Entered(MonitorCore& core, MonitorCore::Owner owner) noexcept : core_(core), owner_(owner) {}
  ~Entered() { core_.leave(owner_); }

  MonitorCore& core_;
  const MonitorCore::Owner owner_;
};

// Fails to compile unless a Result refers to nothing inside a Monitor.
template <typename Result>
consteval void requireLeaves() {
  static_assert(!std::is_reference_v<Result> && !std::is_pointer_v<Result> && !isView<Result>,
                "no reference, pointer or view leaves a Monitor, for it would reach what others "
                "change: return a copy");
  static_assert(std::is_reference_v<Result> || std::is_pointer_v<Result> || isView<Result> ||
                    std::is_void_v<Result> || Sendable<Result>,
                "what leaves a Monitor is Sendable, so that it refers to nothing inside: see "
                "runtime/sendable.h");
}

// Fails to compile unless what is called inside a Monitor has nowhere to leave a reference.
template <typename F, typename... Arguments>
consteval void requireKeepsNothing() {
  static_assert(ThreadStart<F>,
                "what is called inside a Monitor captures nothing, for a reference to what is "
                "inside could leave by a capture: what it needs are arguments after it, which are "
                "Sendable; assumeSendable() is the way out");
  (requireSendable<Arguments>(), ...);
}

namespace async {
struct MonitorAccess;
}

template <typename T>
class Monitor {
  template <typename F, typename... Arguments>
  static constexpr bool asksToWait = std::invocable<F&, T&, Entered&, Unwrapped<Arguments>...>;
  template <typename F, typename... Arguments>
  struct ResultOf
      : std::conditional_t<asksToWait<F, Arguments...>,
                           std::invoke_result<F&, T&, Entered&, Unwrapped<Arguments>...>,
                           std::invoke_result<F&, T&, Unwrapped<Arguments>...>> {};

 public:
  template <typename... Arguments>
  static Monitor make(Arguments&&... arguments) {
    static_assert(Isolatable<T>,
                  "a Monitor owns all that it reaches: this type may share something mutable; "
                  "opt in by IsIsolatable, see runtime/sharing/isolated.h");
    return Monitor(
        makeRef<Core>(chargeCaller(sizeof(Core)), std::forward<Arguments>(arguments)...));
  }

  // Calls function(T&, arguments...), or function(T&, Entered&, arguments...), inside; what it
  // returns.
  template <typename F, typename... Arguments>
  auto enter(F function, Arguments... arguments) const {
    return call(core_->enter(), function, arguments...);
  }

  // The same, as a wait that may be interrupted; fails with overloaded/deadline where it is not
  // inside by `deadline`, and with failed/cancelled where the Task was cancelled and no wait may
  // throw.
  template <typename F, typename... Arguments>
  auto enterBy(Time deadline, F function, Arguments... arguments) const
      -> Expected<typename ResultOf<F, Arguments...>::type> {
    Expected<MonitorCore::Owner> entered = core_->enterBy(deadline);
    if (entered.failed()) return std::move(entered).error();
    if constexpr (std::is_void_v<typename ResultOf<F, Arguments...>::type>) {
      call(entered.value(), function, arguments...);
      return {};
    } else {
      return call(entered.value(), function, arguments...);
    }
  }

  bool sharesWith(const Monitor& other) const noexcept { return core_ == other.core_; }

 private:
  struct Core final : MonitorCore {
    template <typename... Arguments>
    explicit Core(Charge paid, Arguments&&... arguments)
        : charge(std::move(paid)), value(std::forward<Arguments>(arguments)...) {}
    const Charge charge;
    T value;
  };

  friend struct async::MonitorAccess;
  explicit Monitor(Ref<Core> core) noexcept : core_(std::move(core)) {}

  // Inside; leaves.
  template <typename F, typename... Arguments>
  auto call(MonitorCore::Owner owner, F& function, Arguments&... arguments) const {
    requireKeepsNothing<F, Arguments...>();
    requireLeaves<typename ResultOf<F, Arguments...>::type>();
    // Not by this Monitor: who is inside may let go of it, and of the last one.
    Core& core = *core_;
    Entered entered(core, owner);
    if constexpr (isAssumedSendable<F>) {
      return callInside(function, core.value, entered, arguments...);
    } else {
      try {
        return callInside(function, core.value, entered, arguments...);
      } catch (...) {
        std::rethrow_exception(crossing(std::current_exception()));
      }
    }
  }
  template <typename F, typename... Arguments>
  static decltype(auto) callInside(F& function, T& value, Entered& entered,
                                   Arguments&... arguments) {
    if constexpr (asksToWait<F, Arguments...>) {
      return function(value, entered, unwrapSendable(arguments)...);
    } else {
      return function(value, unwrapSendable(arguments)...);
    }
  }

  Ref<Core> core_;
};

template <typename T>
struct IsSendable<Monitor<T>> : std::true_type {};
template <typename T>
struct IsFreezable<Monitor<T>> : std::true_type {};

}  // namespace troop
