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
  if (!wasOvertaken_) return;
  std::lock_guard lock(core_.mutex_);
  settle();
}

bool MonitorEntry::await_ready() {
  CoroutineTask& task = CoroutineTask::ofCaller();
  if (interruption_ == Interruption::allowed && !wasOvertaken_) task.enter();
  inside_ = core_.tryEnter(task);
  return inside_ && !wasOvertaken_;
}

bool MonitorEntry::await_suspend(std::coroutine_handle<> leaf) {
  CoroutineTask& task = CoroutineTask::ofCaller();
  std::unique_lock lock(core_.mutex_);
  if (!inside_) inside_ = core_.takePlace(task);
  listed_ = !inside_;
  if (listed_) {
    return suspendIn(core_.entering_, lock, place, leaf, never, interruption_);
  }
  settle();
  return false;
}

bool MonitorEntry::await_resume() {
  if (!std::exchange(listed_, false)) return true;
  CoroutineTask& task = CoroutineTask::ofCaller();
  const WaitResult waited = resumedFrom(core_.entering_, core_.mutex_);
  {
    std::lock_guard lock(core_.mutex_);
    if (waited == WaitResult::signalled) {
      inside_ = core_.takePlace(task);
      if (!inside_) {
        if (!std::exchange(wasOvertaken_, true)) ++core_.overtaken_;
        return false;
      }
    }
    settle();
  }
  if (!inside_) task.conclude(waited, never);
  return inside_;
}

void MonitorEntry::settle() noexcept {
  if (std::exchange(wasOvertaken_, false)) --core_.overtaken_;
  core_.passOn();
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
