// Scopes of coroutines: as runtime/scope.h, but for who has no stack to wait on at their end.
//
// Ownership, threads, limits: as there. Fails: co_await throws the first error of what was started,
// or Cancelled where the coroutine was cancelled from outside the Scope. Misuse: a reference to the
// Scope that is used when all has ended.
//
//   co_await async::inScope({.deadline = 1s}, [&](Scope& scope) -> Async<void> {
//     scope.async(fetch(a));
//     scope.task([&] { compress(b); });           // a Task with a stack, of the same Thread
//     co_await ready;
//   });                                           // all have ended here
#pragma once

#include <coroutine>
#include <exception>
#include <utility>

#include "runtime/async/async.h"
#include "runtime/sched/waiter.h"
#include "runtime/scope.h"

namespace [[gnu::visibility("hidden")]] troop {
namespace async {

// Until all that was started in a Scope has ended; true: interrupted before.
class [[nodiscard]] ChildrenWait {
 public:
  ChildrenWait(Scope& scope, Interruption interruption) noexcept
      : scope_(scope), interruption_(interruption) {}

  // NOLINTBEGIN(readability-identifier-naming): the language asks for these names
  bool await_ready() const noexcept { return false; }
  bool await_suspend(std::coroutine_handle<> leaf);
  bool await_resume() noexcept;
  // NOLINTEND(readability-identifier-naming)

 private:
  Scope& scope_;
  const Interruption interruption_;
};

// Of the coroutine that runs, which joins it before it ends.
class CoroutineScope final : public Scope {
 public:
  explicit CoroutineScope(Options options);

  using Scope::cancelFromOutside;
  using Scope::leftBy;
  using Scope::throwOutcome;
};

// Calls function(scope), awaits what that returns, and joins.
template <typename F>
Async<void> inScope(Scope::Options options, F function) {
  CoroutineScope scope(options);
  std::exception_ptr thrown;
  try {
    co_await function(static_cast<Scope&>(scope));
  } catch (const Cancelled& cancelled) {
    scope.leftBy(cancelled);
  } catch (...) {
    thrown = std::current_exception();
    scope.cancel(errorOf(thrown));
  }
  if (co_await ChildrenWait(scope, Interruption::allowed)) {
    scope.cancelFromOutside();
    co_await ChildrenWait(scope, Interruption::deferred);
  }
  if (thrown != nullptr) std::rethrow_exception(thrown);
  scope.throwOutcome();
}

}  // namespace async
}  // namespace troop
