// What the promises of all Asyncs have in common: where their frames are, what they have thrown,
// and who goes on when they have ended.
//
// An Async that awaits another one hands the carrier over to it and is handed it back at its end,
// both by symmetric transfer: neither stands on the stack of the other, however long the chain.
//
// Ownership: a part of the coroutine's frame. Threads: that of its Task.
#pragma once

#include <coroutine>
#include <cstddef>
#include <exception>
#include <utility>

#include "runtime/async/coroutine-task.h"
#include "runtime/async/frame-memory.h"
#include "runtime/async/future-wait.h"
#include "runtime/async/future.h"

namespace [[gnu::visibility("hidden")]] troop {
namespace async {

class PromiseBase {
 public:
  static void* operator new(std::size_t bytes) { return allocateFrame(bytes); }
  static void operator delete(void* frame, std::size_t bytes) noexcept { freeFrame(frame, bytes); }

  // The language asks for these names.
  // NOLINTBEGIN(readability-identifier-naming)
  std::suspend_always initial_suspend() noexcept { return {}; }
  void unhandled_exception() noexcept { failure_ = std::current_exception(); }
  template <typename A>
  A&& await_transform(A&& awaited) noexcept {
    return std::forward<A>(awaited);
  }
  // Goes on in its own Thread, not where the Future is resolved.
  template <typename T>
  FutureWait<T> await_transform(Future<T>&& awaited) noexcept {
    return FutureWait<T>(std::move(awaited));
  }
  // NOLINTEND(readability-identifier-naming)

  void setContinuation(std::coroutine_handle<> continuation) noexcept {
    continuation_ = continuation;
  }

  // Who goes on after the end: the one that awaits it, or its Task, whose root it is.
  std::coroutine_handle<> next() noexcept {
    if (continuation_ != nullptr) return continuation_;
    CoroutineTask::ofCaller().finish(std::exchange(failure_, nullptr));
    return std::noop_coroutine();
  }

 protected:
  void rethrowFailure() {
    if (failure_ != nullptr) std::rethrow_exception(std::exchange(failure_, nullptr));
  }

 private:
  std::coroutine_handle<> continuation_;
  std::exception_ptr failure_;
};

// NOLINTBEGIN(readability-identifier-naming): the language asks for these names
template <typename Promise>
struct FinalAwait {
  bool await_ready() noexcept { return false; }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> ended) noexcept {
    return ended.promise().next();
  }
  void await_resume() noexcept {}
};

template <typename Promise>
struct ChildAwait {
  std::coroutine_handle<Promise> child;

  bool await_ready() noexcept { return false; }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<> parent) noexcept {
    child.promise().setContinuation(parent);
    return child;
  }
  decltype(auto) await_resume() { return child.promise().take(); }
};
// NOLINTEND(readability-identifier-naming)

}  // namespace async
}  // namespace troop
