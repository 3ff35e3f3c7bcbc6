#include "runtime/async/wait.h"

#include "runtime/async/coroutine-task.h"
#include "runtime/base/short-lock.h"

namespace troop::async {

template <typename Mutex>
bool suspendIn(WaitList& list, std::unique_lock<Mutex>& lock, const char* what,
               std::coroutine_handle<> leaf, Time deadline, Interruption interruption) {
  CoroutineTask& task = CoroutineTask::ofCaller();
  task.begin(what);
  list.add(task, task);
  lock.unlock();
  try {
    return task.suspend(leaf, deadline, interruption);
  } catch (...) {
    lock.lock();
    list.remove(task);
    throw;
  }
}

template <typename Mutex>
WaitResult resumedFrom(WaitList& list, Mutex& mutex) noexcept {
  CoroutineTask& task = CoroutineTask::ofCaller();
  const WaitResult result = task.resumed();
  std::lock_guard lock(mutex);
  list.remove(task);
  return result;
}

template bool suspendIn(WaitList&, std::unique_lock<std::mutex>&, const char*,
                        std::coroutine_handle<>, Time, Interruption);
template bool suspendIn(WaitList&, std::unique_lock<ShortLock>&, const char*,
                        std::coroutine_handle<>, Time, Interruption);
template WaitResult resumedFrom(WaitList&, std::mutex&) noexcept;
template WaitResult resumedFrom(WaitList&, ShortLock&) noexcept;

bool EventWait::await_ready() const {
  CoroutineTask::ofCaller().enter();
  return false;
}

bool EventWait::await_suspend(std::coroutine_handle<> leaf) {
  std::unique_lock lock(event_.mutex_);
  if (event_.isSet()) return CoroutineTask::ofCaller().passBy("an event", leaf);
  return suspendIn(event_.waiting_, lock, "an event", leaf, deadline_, Interruption::allowed);
}

WaitResult EventWait::await_resume() {
  const WaitResult result = resumedFrom(event_.waiting_, event_.mutex_);
  return CoroutineTask::ofCaller().conclude(result, deadline_);
}

bool TimeWait::await_ready() const {
  CoroutineTask::ofCaller().enter();
  return false;
}

bool TimeWait::await_suspend(std::coroutine_handle<> leaf) const {
  CoroutineTask& task = CoroutineTask::ofCaller();
  task.begin("a time");
  return task.suspend(leaf, when_, Interruption::allowed);
}

void TimeWait::await_resume() const {
  CoroutineTask& task = CoroutineTask::ofCaller();
  task.conclude(task.resumed(), when_);
}

bool TurnWait::await_ready() const {
  CoroutineTask::ofCaller().enter();
  return false;
}

void TurnWait::await_suspend(std::coroutine_handle<> leaf) const noexcept {
  CoroutineTask::ofCaller().pause(leaf);
}

void TurnWait::await_resume() const {
  CoroutineTask::ofCaller().throwIfCancelled();
}

ThreadWait::ThreadWait(Thread& thread, Time deadline) noexcept
    : thread_(thread), ended_(thread.hasEnded_, deadline) {}

bool ThreadWait::await_ready() const {
  if (Thread::current() == &thread_) {
    throw Error(ErrorKind::failed, "a Thread cannot join itself", ErrorDetail::deadlock);
  }
  return ended_.await_ready();
}

Expected<void> ThreadWait::await_resume() {
  return thread_.outcome(ended_.await_resume());
}

}  // namespace troop::async
