#include "runtime/async/channel.h"

#include "runtime/async/coroutine-task.h"
#include "runtime/async/wait.h"

namespace troop::async {

bool ChannelWait::await_ready() const {
  CoroutineTask::ofCaller().enter();
  return false;
}

bool ChannelWait::await_suspend(std::coroutine_handle<> leaf) {
  std::unique_lock lock(ChannelAccess::mutex(core_));
  found_ = ChannelAccess::look(core_, side_);
  const char* what = ChannelAccess::what(side_);
  if (found_ != Found::nothing) return CoroutineTask::ofCaller().passBy(what, leaf);
  return suspendIn(ChannelAccess::waiting(core_, side_), lock, what, leaf, deadline_,
                   Interruption::allowed);
}

ChannelAccess::Turn ChannelWait::outcome(std::unique_lock<ShortLock>& lock) {
  CoroutineTask& task = CoroutineTask::ofCaller();
  const WaitResult waited = task.resumed();
  lock = std::unique_lock(ChannelAccess::mutex(core_));
  ChannelAccess::waiting(core_, side_).remove(task);
  if (waited == WaitResult::signalled) return ChannelAccess::redeem(core_, side_, found_);
  lock.unlock();
  return ChannelAccess::concluded(task, waited, deadline_);
}

}  // namespace troop::async
