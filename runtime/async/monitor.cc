#include "runtime/async/monitor.h"

#include <mutex>

#include "runtime/async/coroutine-task.h"
#include "runtime/async/wait.h"
#include "runtime/time.h"

namespace troop::async {
namespace {

constexpr const char* place = "a place in a monitor";

}  // namespace

MonitorEntry::~MonitorEntry() {
  if (!waits_) return;
  std::lock_guard lock(core_.mutex_);
  settle();
}

bool MonitorEntry::await_ready() {
  if (waits_) return false;  // it was woken, which has to be told
  CoroutineTask& task = CoroutineTask::ofCaller();
  if (interruption_ == Interruption::allowed) task.enter();
  entry_.owner = MonitorCore::ownerOf(task);
  return core_.tryEnter(task);
}

bool MonitorEntry::await_suspend(std::coroutine_handle<> leaf) {
  std::unique_lock lock(core_.mutex_);
  waits_ = true;
  if (core_.takePlace(entry_)) {
    settle();
    return false;
  }
  listed_ = true;
  return suspendIn(core_.listOf(entry_), lock, place, leaf, never, interruption_);
}

bool MonitorEntry::await_resume() {
  if (!std::exchange(listed_, false)) return true;
  const WaitResult waited = resumedFrom(core_.listOf(entry_), core_.mutex_);
  if (waited == WaitResult::signalled) {
    entry_.wasWoken = true;
    return false;
  }
  {
    std::lock_guard lock(core_.mutex_);
    settle();
  }
  CoroutineTask::ofCaller().conclude(waited, never);
  return false;
}

void MonitorEntry::settle() noexcept {
  waits_ = false;
  core_.settle(std::exchange(entry_, {}));
}

bool SignalWait::await_suspend(std::coroutine_handle<> leaf) {
  std::unique_lock lock(core_.mutex_);
  // Nobody signals without this lock, which is held until it is listed.
  core_.givePlace();
  return suspendIn(core_.waiting_, lock, "a signal in a monitor", leaf, never,
                   Interruption::allowed);
}

void SignalWait::await_resume() {
  const WaitResult waited = resumedFrom(core_.waiting_, core_.mutex_);
  CoroutineTask::ofCaller().conclude(waited, never);
}

}  // namespace troop::async
