// What an Async awaits of a Future: it goes on in its own Thread, and is cancelled like at any
// wait.
//
// Ownership: it takes the Future over. Threads: that of the Task.
#pragma once

#include <coroutine>
#include <mutex>
#include <utility>

#include "runtime/async/coroutine-task.h"
#include "runtime/async/future.h"
#include "runtime/async/wait.h"
#include "runtime/sched/waiter.h"
#include "runtime/time.h"

namespace [[gnu::visibility("hidden")]] troop {
namespace async {

// NOLINTBEGIN(readability-identifier-naming): the language asks for these names
template <typename T>
class [[nodiscard]] FutureWait {
 public:
  explicit FutureWait(Future<T>&& future) noexcept : future_(std::move(future)) {}

  bool await_ready() const {
    CoroutineTask::ofCaller().enter();
    return false;
  }
  bool await_suspend(std::coroutine_handle<> leaf) {
    FutureCore& core = future_.core();
    std::unique_lock lock(core.mutex_);
    constexpr const char* what = "the value of a Future";
    if (core.settled()) return CoroutineTask::ofCaller().passBy(what, leaf);
    return suspendIn(core.waiting_, lock, what, leaf, never, Interruption::allowed);
  }
  T await_resume() {
    FutureCore& core = future_.core();
    CoroutineTask::ofCaller().conclude(resumedFrom(core.waiting_, core.mutex_), never);
    return std::exchange(future_.state_, nullptr)->takeOrThrow();
  }

 private:
  Future<T> future_;
};
// NOLINTEND(readability-identifier-naming)

}  // namespace async
}  // namespace troop
