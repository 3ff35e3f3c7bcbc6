// A Monitor<T> is a T that several Threads change, one at a time: it can only be reached inside
// enter(), and nothing that refers into it leaves. So what is called inside captures nothing; what
// it needs are Sendable arguments after it, and what it throws leaves as an Error. One that
// captures is given as assumeSendable(function): who calls it answers for that. Inside, one may
// wait until something holds; who changes what others wait for signals.
//
// Ownership: copies of a Monitor share one T. Threads: any, OS threads of the host as well; a Task
// parks, an OS thread blocks, a coroutine enters with co_await (runtime/async/monitor.h). Whoever
// waits longest is not overtaken more than once. Fails: entering what one is inside of throws Error
// (failed, deadlock); what was done inside so far is undone by nobody. Cancellation: enter() is as
// a mutex, also for destructors: no Task is told there that it was cancelled, nor that a deadline
// which it inherited has passed. enterBy() and Entered::wait() tell, as every wait
// (runtime/event.h). Misuse: waiting for something else inside, which keeps all others out; a loop
// without waits, which asks throwIfCancelled() now and then, though it enters.
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
#include <mutex>
#include <optional>
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
#include "runtime/sharing/monitor-word.h"
#include "runtime/time.h"

namespace [[gnu::visibility("hidden")]] troop {

namespace async {
class MonitorEntry;
class SignalWait;
}  // namespace async

// The side of a Monitor that is the same for all types: who is inside, and who waits.
//
//   1. who is in entering_ is woken by who is inside, which MonitorWord tells it; or the place is
//      free, and somebody was woken for it who has not looked yet
//   2. a place that was promised is taken by one of those that wait, of whom one was woken
//   3. who is inside is inside until it leaves, or waits and is back; whatever is thrown
class MonitorCore : public RefCounted {
 public:
  MonitorCore() = default;

  // Waits until the caller is inside, whatever happens. Throws Error (failed, deadlock) where it is
  // inside already, and Error (failed) in a coroutine that would have to wait.
  void enter();
  // The same until `deadline`; fails with overloaded/deadline when that passes first, and with
  // failed/cancelled where no wait throws. Throws as every wait does.
  Expected<void> enterBy(Time deadline);
  void leave() noexcept;

  // By who is inside: lets others in until it is signalled, and comes back in whatever happens.
  WaitResult wait(Time deadline);
  void signal() noexcept;
  void broadcast() noexcept;

 private:
  friend class async::MonitorEntry;
  friend class async::SignalWait;

  using Owner = MonitorWord<>::Owner;
  static Owner ownerOf(const Waiter& waiter) noexcept { return reinterpret_cast<Owner>(&waiter); }

  // Looks a few times. Throws Error (failed, deadlock).
  bool tryEnter(const Waiter& waiter);
  WaitResult enterSlowly(const Waiter& waiter, Time deadline, Interruption interruption);
  // With mutex_ held:
  bool takePlace(const Waiter& waiter) noexcept { return word_.take(ownerOf(waiter)); }
  void givePlace() noexcept;
  // Has the next one woken by who is inside, or at once where that is nobody.
  void passOn() noexcept;

  MonitorWord<> word_;
  std::mutex mutex_;  // protects all below
  WaitList entering_;
  WaitList waiting_;
  unsigned overtaken_ = 0;  // of those that were woken to enter
};

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
  explicit Entered(MonitorCore& core) noexcept : core_(core) {}
  ~Entered() { core_.leave(); }

  MonitorCore& core_;
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
    core_->MonitorCore::enter();
    return call(function, arguments...);
  }

  // The same, as a wait that may be interrupted; fails with overloaded/deadline where it is not
  // inside by `deadline`, and with failed/cancelled where the Task was cancelled and no wait may
  // throw.
  template <typename F, typename... Arguments>
  auto enterBy(Time deadline, F function, Arguments... arguments) const
      -> Expected<typename ResultOf<F, Arguments...>::type> {
    if (Expected<void> entered = core_->MonitorCore::enterBy(deadline); entered.failed()) {
      return std::move(entered).error();
    }
    if constexpr (std::is_void_v<typename ResultOf<F, Arguments...>::type>) {
      call(function, arguments...);
      return {};
    } else {
      return call(function, arguments...);
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
  auto call(F& function, Arguments&... arguments) const {
    requireKeepsNothing<F, Arguments...>();
    requireLeaves<typename ResultOf<F, Arguments...>::type>();
    // Who is inside may let go of the last other reference.
    const Ref<Core> core = core_;
    Entered entered(*core);
    if constexpr (isAssumedSendable<F>) {
      return callInside(function, core->value, entered, arguments...);
    } else {
      try {
        return callInside(function, core->value, entered, arguments...);
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
