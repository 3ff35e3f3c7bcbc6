#include "runtime/async/scope.h"

#include <mutex>

#include "runtime/async/coroutine-task.h"
#include "runtime/async/wait.h"

namespace troop::async {

bool ChildrenWait::await_suspend(std::coroutine_handle<> leaf) {
  std::unique_lock lock(scope_.mutex_);
  if (scope_.noneRuns()) return CoroutineTask::ofCaller().passBy("its scope", leaf);
  scope_.ownerJoins_ = true;
  return suspendIn(scope_.joining_, lock, "its scope", leaf, never, interruption_);
}

bool ChildrenWait::await_resume() noexcept {
  const WaitResult waited = resumedFrom(scope_.joining_, scope_.mutex_);
  std::lock_guard lock(scope_.mutex_);
  scope_.ownerJoins_ = false;
  return waited != WaitResult::signalled;
}

CoroutineScope::CoroutineScope(Options options) : Scope(options, CoroutineTask::ofCaller()) {}

}  // namespace troop::async
