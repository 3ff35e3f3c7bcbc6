// A Monitor<T> is a T that several Threads change, one at a time: it can only be reached inside
// enter(), and nothing that refers into it leaves. So what is called inside captures nothing; what
// it needs are Sendable arguments after it, and what it throws leaves as an Error. One that
// captures is given as assumeSendable(function): who calls it answers for that. Inside, one may
// wait until something holds; who changes what others wait for signals.
//
// Ownership: copies of a Monitor share one T. Threads: any, OS threads of the host as well; a Task
// parks, an OS thread blocks. Whoever waits longest is not overtaken more than once. Fails: as
// every wait (runtime/event.h), with what was done so far undone by nobody; entering what one is
// inside of throws Error (failed, deadlock). Misuse: waiting for something else inside, which keeps
// all others out.
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

#include <atomic>
#include <concepts>
#include <cstdint>
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
#include "runtime/time.h"

namespace [[gnu::visibility("hidden")]] troop {

// The side of a Monitor that is the same for all types: who is inside, and who waits.
//
//   1. who is in entering_ is woken by who is inside, which sees the mark `awaited`; or the place
//      is free, and somebody was woken for it who has not looked yet
//   2. a place that was promised is taken by one of those that were woken
class MonitorCore : public RefCounted {
 public:
  MonitorCore() = default;

  // Waits until the caller is inside. Fails with overloaded/deadline when `deadline` passes first;
  // throws as every wait does, and Error (failed, deadlock) where it is inside already.
  Expected<void> enter(Time deadline);
  void leave() noexcept;

  // By who is inside: lets others in until it is signalled, and comes back in whatever happens.
  WaitResult wait(Time deadline);
  void signal() noexcept;
  void broadcast() noexcept;

 private:
  // word_: who is inside, or free, or promised; and whether somebody waits to enter:
  //
  //     63                    1         0
  //   +-----------------------+---------+
  //   | address of its Waiter | awaited |
  //   +-----------------------+---------+
  using Word = std::uintptr_t;
  static constexpr Word free = 0;
  static constexpr Word awaited = 1;
  static constexpr Word promised = 2;  // to one who was woken; no Waiter stands at this address
  static Word inside(const Waiter& waiter) noexcept { return reinterpret_cast<Word>(&waiter); }

  bool tryEnter(const Waiter& waiter) noexcept;
  WaitResult enterSlowly(const Waiter& waiter, Time deadline, Interruption interruption);
  // With mutex_ held:
  bool takePlace(const Waiter& waiter) noexcept;
  void givePlace() noexcept;
  // Has the next one woken by who is inside, or at once where that is nobody.
  void passOn() noexcept;

  std::atomic<Word> word_{free};
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
  // and it does not. Throws as every wait does, being inside.
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
    core_->MonitorCore::enter(never).value();
    return call(function, arguments...);
  }

  // The same; fails with overloaded/deadline where it is not inside by `deadline`.
  template <typename F, typename... Arguments>
  auto enterBy(Time deadline, F function, Arguments... arguments) const
      -> Expected<typename ResultOf<F, Arguments...>::type> {
    if (Expected<void> entered = core_->MonitorCore::enter(deadline); entered.failed()) {
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
