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

Expected<void> ChannelWait::outcome(std::unique_lock<ShortLock>& lock) {
  const WaitResult waited =
      resumedFrom(ChannelAccess::waiting(core_, side_), ChannelAccess::mutex(core_));
  Expected<void> concluded =
      ChannelAccess::concluded(core_, side_, CoroutineTask::ofCaller(), waited, deadline_);
  if (concluded.failed()) return concluded;
  lock = std::unique_lock(ChannelAccess::mutex(core_));
  return ChannelAccess::redeem(core_, side_, found_);
}

}  // namespace troop::async
