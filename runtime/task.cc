#include "runtime/task.h"

#include <thread>

#include "runtime/deadlock/watch.h"
#include "runtime/sched/control-block.h"
#include "runtime/sched/current.h"
#include "runtime/sched/waiter.h"
#include "runtime/thread.h"

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

WaitResult sleepNoThrow(Duration duration) noexcept {
  const Time when = after(duration);
  Waiter& waiter = Waiter::ofCaller();
  waiter.giveWay();
  if (!waiter.mayPark()) return WaitResult::cancelled;
  waiter.begin("a time");
  const WaitResult result = waiter.park(when, Interruption::allowed);
  return result == WaitResult::timedOut && when <= now() ? WaitResult::signalled : result;
}

bool inTask() noexcept {
  return callingTask() != nullptr;
}

Time deadline() noexcept {
  const Task* task = callingTask();
  return task != nullptr ? task->deadline() : never;
}

void Task::throwIfRefused() const {
  deadlock::Watch::throwIfRefused(*this);
}

StackLent::StackLent() : thread_(Thread::current()) {
  if (thread_ != nullptr) thread_->lendStacks();
}

StackLent::~StackLent() {
  if (thread_ != nullptr) thread_->giveBackStacks();
}

MustNotThrow::MustNotThrow() noexcept
    : task_(callingTask()), before_(task_ != nullptr && task_->setMustNotThrow(true)) {}

MustNotThrow::~MustNotThrow() {
  if (task_ != nullptr) task_->setMustNotThrow(before_);
}

void throwIfCancelled() {
  if (const Task* task = callingTask()) task->throwIfCancelled();
}

}  // namespace troop
