// An Async<T> is a coroutine: a function that waits with co_await and keeps no stack while it does.
// It starts when it is awaited: by another Async, as a part of that one; by a Scope, as a Task of
// its own; or by await(), in a Task that has a stack.
//
// A million of them wait in the memory of a few thousand Tasks with stacks. What they may await
// stands in runtime/async/wait.h. Cancellation reaches them as it reaches every Task: their
// co_await throws Cancelled, and they unwind.
//
// Ownership: a value that owns its coroutine until it is awaited or handed to a Scope; one that is
// dropped before never runs, and its parameters are destroyed there and then. Threads: that of the
// Task which made it. Limits: frames are charged to the troop. Fails: calling one throws Error
// (overloaded, memory) beyond the limit, and Error (failed) outside of troops; what it throws goes
// to whoever awaits it, and as with every Task to its Scope. Misuse: parameters that are references
// must outlive it, and so must a lambda with captures: hand the lambda itself to Scope::async(). A
// plain wait in a coroutine (Event::wait(), Receiver::receive() ...) fails where it would have to
// wait, and is told `cancelled` while an exception unwinds or under a MustNotThrow; Monitors are
// entered by runtime/async/monitor.h, in destructors by enterBy(), which tells by its result.
//
//   Async<int> count(Receiver<int> in) {
//     int n = 0;
//     while (co_await async::receive(in)) ++n;
//     co_return n;
//   }
//   scope.async(count(receiver));                 // a Task of its own
//   int n = await(count(receiver));               // in a Task with a stack
#pragma once

#include <coroutine>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

#include "runtime/async/future.h"
#include "runtime/async/promise-base.h"
#include "runtime/base/check.h"
#include "runtime/error.h"
#include "runtime/scope.h"

namespace [[gnu::visibility("hidden")]] troop {

// NOLINTBEGIN(readability-identifier-naming): the language asks for the names in promises

template <typename T>
class [[nodiscard]] Async {
 public:
  class Promise final : public async::PromiseBase {
   public:
    Async get_return_object() noexcept { return Async(Handle::from_promise(*this)); }
    async::FinalAwait<Promise> final_suspend() noexcept { return {}; }
    template <typename U>
    void return_value(U&& value) {
      value_.emplace(std::forward<U>(value));
    }
    T take() {
      rethrowFailure();
      return *std::move(value_);
    }

   private:
    std::optional<T> value_;
  };
  using promise_type = Promise;
  using Handle = std::coroutine_handle<Promise>;

  Async(Async&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Async& operator=(Async other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~Async() {
    if (handle_ != nullptr) handle_.destroy();
  }

  // As a part of the coroutine that awaits it: no Task is started, no stack grows.
  async::ChildAwait<Promise> operator co_await() && noexcept {
    check(handle_ != nullptr, "an Async is awaited once");
    return {handle_};
  }

 private:
  friend class Scope;
  explicit Async(Handle handle) noexcept : handle_(handle) {}

  Handle handle_;
};

template <>
class Async<void>::Promise final : public async::PromiseBase {
 public:
  Async get_return_object() noexcept { return Async(Handle::from_promise(*this)); }
  async::FinalAwait<Promise> final_suspend() noexcept { return {}; }
  void return_void() noexcept {}
  void take() { rethrowFailure(); }
};

// NOLINTEND(readability-identifier-naming)

namespace async {

// Keeps the callable, and what it has captured, as long as its coroutine runs.
template <typename F>
std::invoke_result_t<F&> keeping(F function) {
  co_return co_await function();
}

template <typename T>
Async<void> resolving(Async<T> from, Resolver<T> to) {
  try {
    if constexpr (std::is_void_v<T>) {
      co_await std::move(from);
      to.resolve();
    } else {
      to.resolve(co_await std::move(from));
    }
  } catch (...) {
    to.fail(std::current_exception());
    throw;
  }
}

template <typename T>
Async<void> storing(Async<T> from, std::optional<T>& to) {
  to.emplace(co_await std::move(from));
}

}  // namespace async

template <typename F>
void Scope::async(F work) {
  if constexpr (async::IsAsync<F>::value) {
    check(work.handle_ != nullptr, "an Async is started once");
    startCoroutine(work.handle_);
    work.handle_ = nullptr;
  } else {
    static_assert(
        async::ReturnsAsync<F>::value,
        "Scope::async() takes an Async, or what returns one; Scope::task() takes the rest");
    async(async::keeping(std::move(work)));
  }
}

// For Scope::future().
template <typename T>
Future<T> startForFuture(Scope& scope, Async<T> work) {
  auto [resolver, result] = future<T>();
  scope.async(async::resolving(std::move(work), std::move(resolver)));
  return std::move(result);
}
template <typename F>
  requires async::ReturnsAsync<F>::value
auto startForFuture(Scope& scope, F work) {
  return startForFuture(scope, async::keeping(std::move(work)));
}

// Runs `work` to its end and returns what it returned, or throws what it threw; in a Task that has
// a stack, which waits. Fails with Error (failed) elsewhere.
template <typename T>
T await(Async<T> work) {
  if constexpr (std::is_void_v<T>) {
    inScope({}, [&](Scope& scope) { scope.async(std::move(work)); });
  } else {
    std::optional<T> result;
    inScope({}, [&](Scope& scope) { scope.async(async::storing(std::move(work), result)); });
    // None where a destructor waits here, and the Task was cancelled.
    if (!result) throw Error(ErrorKind::failed, "cancelled", ErrorDetail::cancelled);
    return *std::move(result);
  }
}

}  // namespace troop
