#include "runtime/task.h"

#include <thread>

#include "runtime/sched/control-block.h"
#include "runtime/sched/current.h"
#include "runtime/sched/waiter.h"

namespace troop {
namespace {

Task* callingTask() noexcept {
  const Current* here = current();
  return here != nullptr ? here->task : nullptr;
}

}  // namespace

void yield() {
  Task* task = callingTask();
  if (task == nullptr) return std::this_thread::yield();
  task->yield();
  task->throwIfStopped();
}

void sleepUntil(Time when) {
  Waiter& waiter = Waiter::ofCaller();
  waiter.enter();
  if (waiter.mayPark()) {
    waiter.begin("a time");
    waiter.conclude(waiter.park(when, Interruption::allowed), when);
  } else {
    waiter.conclude(WaitResult::cancelled, when);
  }
}

void sleep(Duration duration) {
  sleepUntil(after(duration));
}

bool inTask() noexcept {
  return callingTask() != nullptr;
}

Time deadline() noexcept {
  const Task* task = callingTask();
  return task != nullptr ? task->deadline() : never;
}

void throwIfCancelled() {
  if (const Task* task = callingTask()) task->throwIfCancelled();
}

}  // namespace troop
