#include "runtime/async/monitor.h"

#include <mutex>

#include "runtime/async/coroutine-task.h"
#include "runtime/async/wait.h"
#include "runtime/time.h"

namespace troop::async {

MonitorEntry::~MonitorEntry() {
  if (!waits_) return;
  std::lock_guard lock(core_.entrance_.lock());
  settle();
}

bool MonitorEntry::await_ready() {
  if (waits_) return false;  // it was woken, which has to be told
  CoroutineTask& task = CoroutineTask::ofCaller();
  if (interruption_ == Interruption::allowed) task.enter();
  visit_.owner = MonitorCore::ownerOf(task);
  return core_.entrance_.tryEnter(task);
}

bool MonitorEntry::await_suspend(std::coroutine_handle<> leaf) {
  std::unique_lock lock(core_.entrance_.lock());
  waits_ = true;
  if (core_.entrance_.takePlace(visit_)) {
    settle();
    return false;
  }
  listed_ = true;
  return suspendIn(core_.entrance_.listOf(visit_), lock, MonitorCore::place, leaf, never,
                   interruption_);
}

bool MonitorEntry::await_resume() {
  if (!std::exchange(listed_, false)) return true;
  const WaitResult waited = resumedFrom(core_.entrance_.listOf(visit_), core_.entrance_.lock());
  if (waited == WaitResult::signalled) {
    visit_.wasWoken = true;
    return false;
  }
  {
    std::lock_guard lock(core_.entrance_.lock());
    settle();
  }
  CoroutineTask::ofCaller().conclude(waited, never);
  return false;
}

void MonitorEntry::settle() noexcept {
  waits_ = false;
  core_.entrance_.settle(std::exchange(visit_, {}));
}

bool SignalWait::await_suspend(std::coroutine_handle<> leaf) {
  std::unique_lock lock(core_.entrance_.lock());
  // Nobody signals without this lock, which is held until it is listed.
  core_.entrance_.givePlace();
  return suspendIn(core_.waiting_, lock, "a signal in a monitor", leaf, never,
                   Interruption::allowed);
}

void SignalWait::await_resume() {
  const WaitResult waited = resumedFrom(core_.waiting_, core_.entrance_.lock());
  CoroutineTask::ofCaller().conclude(waited, never);
}

}  // namespace troop::async
