#include "runtime/async/coroutine-task.h"

#include <cerrno>
#include <utility>

#include "runtime/async/frame-memory.h"
#include "runtime/base/check.h"
#include "runtime/sched/current.h"
#include "runtime/task.h"

namespace troop {
namespace {

// Not where it is asked: it would cost those who are a coroutine, four times a message.
[[noreturn, gnu::noinline]] void throwNoCoroutine() {
  throw Error(ErrorKind::failed,
              "only an Async that a Scope runs awaits this: see Scope::async() and await()");
}

}  // namespace

CoroutineTask::CoroutineTask(Thread& thread, unsigned id, std::coroutine_handle<> root,
                             Scope& parent)
    : Task(thread, id, &parent, Runs::asCoroutine), root_(root) {}

void* CoroutineTask::operator new(std::size_t bytes) {
  return allocateFrame(bytes);
}

void CoroutineTask::operator delete(void* task, std::size_t bytes) noexcept {
  freeFrame(task, bytes);
}

CoroutineTask::~CoroutineTask() {
  if (root_ != nullptr) root_.destroy();
}

CoroutineTask& CoroutineTask::ofCaller() {
  const Current* here = current();
  if (here == nullptr || here->task == nullptr || here->task->fiber() != nullptr) {
    throwNoCoroutine();
  }
  return static_cast<CoroutineTask&>(*here->task);
}

bool CoroutineTask::suspend(std::coroutine_handle<> leaf, Time deadline,
                            Interruption interruption) {
  if (!beginWait(deadline, interruption)) return false;
  leaf_ = leaf;
  return true;
}

bool CoroutineTask::passBy(const char* what, std::coroutine_handle<> leaf) noexcept {
  resolve(begin(what), WaitResult::signalled);
  if (!shouldGiveWay()) return false;
  leaf_ = leaf;
  makeReady();
  return true;
}

WaitResult CoroutineTask::resumed() noexcept {
  endWait();
  return result();
}

void CoroutineTask::pause(std::coroutine_handle<> leaf) noexcept {
  leaf_ = leaf;
  markYielded();
  makeReady();
}

WaitResult CoroutineTask::park(Time, Interruption) {
  checkFailed("a coroutine does not park", std::source_location::current());
}

WaitResult CoroutineTask::conclude(WaitResult result, Time deadline) {
  // Nobody has cancelled it: it was a plain wait, which was refused.
  if (result == WaitResult::cancelled && cancellation() == nullptr && !tellsByResult()) {
    if (declaresEnds()) throwIfRefused();
    throw Error(ErrorKind::failed,
                "a coroutine waits with co_await only: see runtime/async/wait.h");
  }
  return Task::conclude(result, deadline);
}

void CoroutineTask::run() noexcept {
  if (leaf_ == nullptr) {
    if (const Error* cause = cancellation()) {
      setFailure(std::make_exception_ptr(Cancelled(*cause)));
      destroyRoot();
      return;
    }
    leaf_ = root_;
  }
  // This side stays on its OS thread: compilers may keep the address of errno over the call.
  const int carrierErrno = std::exchange(errno, errno_);
  leaf_.resume();
  if (root_.done()) destroyRoot();
  errno_ = std::exchange(errno, carrierErrno);
}

void CoroutineTask::destroyRoot() noexcept {
  const MustNotThrow destructors;
  std::exchange(root_, nullptr).destroy();
}

Timer& CoroutineTask::timer() {
  if (timer_ == nullptr) timer_ = std::make_unique<Deadline>(*this);
  return *timer_;
}

}  // namespace troop
