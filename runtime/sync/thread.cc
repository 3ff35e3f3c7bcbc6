#include "runtime/sync/thread.h"

#include <exception>
#include <memory>
#include <ostream>

#include "runtime/base/check.h"
#include "runtime/error.h"
#include "runtime/process.h"
#include "runtime/sched/control-block.h"
#include "runtime/sched/current.h"
#include "runtime/sync/caller.h"
#include "runtime/troop.h"

namespace troop::sync {
namespace {

// The Task that a Thread starts with.
constexpr unsigned firstTask = 1;

bool callerWasCancelled() noexcept {
  const Current* here = current();
  return here != nullptr && here->task != nullptr && here->task->cancellation() != nullptr;
}

}  // namespace

std::ostream& operator<<(std::ostream& out, thread_id id) {
  return out << id.runsIn_ << '.' << id.task_;
}

thread_id this_thread::get_id() noexcept {
  const Current* here = current();
  if (here != nullptr && here->task != nullptr) return {here->thread, here->task->id()};
  return {callerIdentity(), 0};
}

Ref<Thread> thread::start(std::unique_ptr<Body> body) {
  Troop* const troop = Troop::current();
  if (troop == nullptr) {
    throw Error(ErrorKind::failed,
                "an OS thread of the host starts a sync::thread in a troop that it names",
                ErrorDetail::none, Executed::no);
  }
  return start(*troop, std::move(body));
}

Ref<Thread> thread::start(Troop& troop, std::unique_ptr<Body> body) {
  return troop.thread({}, assumeSendable([body = std::move(body)] { body->run(); }));
}

thread& thread::operator=(thread&& other) noexcept {
  check(!joinable(), "a thread is joined or detached before it is another one");
  thread_ = std::move(other.thread_);
  return *this;
}

thread::~thread() {
  // That a Task was cancelled before it came to join() is no mistake of the program.
  if (joinable() && callerWasCancelled()) joinAnyway();
  check(!joinable(), "a thread is joined or detached before it is destroyed");
}

void thread::join() {
  check(joinable(), "what is joined is a thread");
  // Thrown, it is still to be joined; so not where that was what its function ended with.
  const Expected<void> ended = thread_->join();
  if (thread_->hasEnded_.isSet()) thread_ = nullptr;
  if (ended.failed()) throw ended.error();
}

void thread::detach() {
  check(joinable(), "what is detached is a thread");
  thread_ = nullptr;
}

void thread::joinAnyway() noexcept {
  thread_->awaitEnd();
  thread_ = nullptr;
}

thread::id thread::get_id() const noexcept {
  return thread_ ? id(thread_.get(), firstTask) : id();
}

unsigned thread::hardware_concurrency() noexcept {
  const Process* process = Process::current();
  return process != nullptr ? process->carriers() : 0;
}

jthread& jthread::operator=(jthread&& other) noexcept {
  if (this == &other) return *this;
  stop();
  stop_ = std::exchange(other.stop_, stop_source(nostopstate));
  thread_ = std::move(other.thread_);
  return *this;
}

void jthread::stop() noexcept {
  if (!joinable()) return;
  request_stop();
  thread_.joinAnyway();
}

}  // namespace troop::sync
