#include "runtime/scope.h"

#include "runtime/sched/control-block.h"
#include "runtime/sched/current.h"
#include "runtime/troop.h"

namespace troop {
namespace {

Task& taskThatOpens() {
  const Current* here = current();
  if (here == nullptr || here->task == nullptr) {
    throw Error(ErrorKind::failed, "only a Task opens a Scope: see Process::run()");
  }
  if (!here->task->mayPark()) {
    throw Error(ErrorKind::failed, "a coroutine opens a Scope by co_await async::inScope()");
  }
  return *here->task;
}

Error cannotJoinError() {
  return Error(ErrorKind::failed, "a coroutine leaves a Scope by co_await async::inScope()");
}

}  // namespace

Scope::Scope(Options options) : Scope(options, taskThatOpens()) {}

Scope::Scope(Options options, Task& owner)
    : owner_(owner),
      outer_(owner_.innermost_),
      deadline_(std::min(owner_.deadline(), after(options.deadline))),
      unwindingAtStart_(std::uncaught_exceptions()) {
  owner_.innermost_ = this;
  owner_.calmIn_ = 0;
}

Scope::~Scope() noexcept(false) {
  struct Leave {
    Scope& scope;
    ~Leave() { scope.leave(); }
  } const leave{*this};
  if (std::uncaught_exceptions() == unwindingAtStart_) {
    joinChildren();
    if (!owner_.mustNotThrow()) throwOutcome();
    return;
  }
  cancel(Error(ErrorKind::failed, "its Scope was left by an exception", ErrorDetail::cancelled));
  awaitChildren(Interruption::deferred);
}

Scope* Scope::around(const Task& task) noexcept {
  return task.parent() != nullptr ? task.parent() : task.thread().scope_;
}

const Scope* Scope::joinedBy(const Task& task) noexcept {
  const Scope* scope = task.innermost_;
  while (scope != nullptr && !scope->ownerJoins_) scope = scope->outer_;
  return scope;
}

void Scope::leave() noexcept {
  owner_.innermost_ = outer_;
  if (hasThreads_) owner_.thread().giveBackStacks();
  // Who cancelled it has left the list's lock, and its Tasks have all been interrupted or have
  // ended.
  std::lock_guard lock(owner_.thread().mutex_);
  if (linked()) owner_.thread().cancelledScopes_.remove(*this);
}

void Scope::throwIfClosed() const {
  if (Thread::current() != &owner_.thread()) {
    throw Error(ErrorKind::failed, "a Scope is used by the Tasks of the Thread that opened it");
  }
  if (owner_.tellsByResult()) return;
  owner_.throwIfCancelled();
  if (const Error* cause = cancellation()) throw Cancelled(*cause);
}

bool Scope::leavesOut() noexcept {
  if (!owner_.tellsByResult()) return false;
  cancelFromOutside();
  return cancelled();
}

void Scope::startTask(std::unique_ptr<Body> body) {
  throwIfClosed();
  if (leavesOut()) return;
  Thread& thread = owner_.thread();
  Expected<Task*> created = thread.create(std::move(body), this, deadline_);
  if (created.succeeded()) return start(*created.value());
  if (!leavesOut()) throw std::move(created).error();
}

void Scope::startCoroutine(std::coroutine_handle<> root) {
  throwIfClosed();
  if (leavesOut()) return root.destroy();
  start(owner_.thread().createCoroutine(root, *this));
}

void Scope::start(Task& task) noexcept {
  Thread& thread = owner_.thread();
  task.workOn(Ref<Loan>::share(owner_.loan()));
  countStarted();
  tasks_.pushBack(task);
  thread.tasks_.pushBack(task);
  thread.ready_.pushBack(task);
}

void Scope::startThread(ThreadOptions options, std::unique_ptr<Body> body) {
  // What is started runs before its memory has left the caches, and is there for what comes next.
  // First: meanwhile others may end the Scope of a caller that is not its own.
  Waiter::ofCaller().giveWay();
  throwIfClosed();
  if (leavesOut()) return;
  if (!hasThreads_) {
    owner_.thread().lendStacks();
    hasThreads_ = true;
  }
  Ref<Thread> thread;
  try {
    thread = owner_.thread().troop().prepare(std::move(options), std::move(body), this, deadline_);
  } catch (const Error&) {
    if (!leavesOut()) throw;
    return;
  }
  countStarted();
  thread->start();
}

void Scope::countStarted() noexcept {
  // Those that end count on other carriers, where each change of this takes the line away.
  constexpr std::size_t together = 64;
  if (ahead_ == 0) {
    ahead_ = countsAhead_ ? together : 1;
    running_.fetch_add(ahead_, std::memory_order_relaxed);
  }
  --ahead_;
}

bool Scope::noneRuns() noexcept {
  countsAhead_ = false;
  const std::size_t ahead = std::exchange(ahead_, 0);
  // Acquire: who sees 0 sees what all of them did.
  return running_.fetch_sub(ahead, std::memory_order_acq_rel) == ahead;
}

void Scope::list(Thread& thread) noexcept {
  std::lock_guard lock(mutex_);
  threads_.pushBack(thread);
  if (cancelled()) thread.interrupt();
}

void Scope::cancel() noexcept {
  cancel(Error(ErrorKind::failed, "its Scope was cancelled", ErrorDetail::cancelled));
}

void Scope::cancel(Error cause) noexcept {
  std::lock_guard lock(mutex_);
  if (cancelled()) return;
  cause_.emplace(std::move(cause));
  // Release: whoever sees the flag sees the cause.
  cancelled_.store(true, std::memory_order_release);
  owner_.thread().share().scheduler().countCancellation();
  for (Thread* t = threads_.front(); t != nullptr; t = threads_.after(*t)) t->interrupt();
  owner_.thread().interrupt(*this);
}

void Scope::interruptTasks() noexcept {
  owner_.interrupt();
  for (Task* t = tasks_.front(); t != nullptr; t = tasks_.after(*t)) t->interrupt();
}

void Scope::join() {
  if (!Waiter::ofCaller().mayPark()) throw cannotJoinError();
  joinChildren();
  throwOutcome();
}

void Scope::joinChildren() {
  if (!awaitChildren(Interruption::allowed)) return;
  cancelFromOutside();
  awaitChildren(Interruption::deferred);
}

void Scope::cancelFromOutside() noexcept {
  if (const Error* outside = owner_.cancellation(this)) cancel(*outside);
}

std::exception_ptr Scope::takeFailure() noexcept {
  std::lock_guard lock(mutex_);
  return std::exchange(firstFailure_, nullptr);
}

void Scope::throwOutcome() {
  if (const std::exception_ptr failure = takeFailure()) std::rethrow_exception(failure);
  const Error* outside = owner_.cancellation(this);
  if (outside == nullptr || toldCancellation_ || owner_.tellsByResult()) return;
  throw Cancelled(*outside);
}

Expected<void> Scope::joinNoThrow() noexcept {
  if (!Waiter::ofCaller().mayPark()) return cannotJoinError();
  joinChildren();
  toldCancellation_ = true;
  if (const std::exception_ptr failure = takeFailure()) return errorOf(failure);
  if (const Error* outside = owner_.cancellation(this)) {
    return Error(ErrorKind::failed, outside->reason(), ErrorDetail::cancelled);
  }
  return {};
}

bool Scope::awaitChildren(Interruption interruption) {
  Waiter& waiter = Waiter::ofCaller();
  waiter.giveWay();
  std::unique_lock lock(mutex_);
  if (noneRuns()) return false;
  struct Joins {
    bool* const as;
    explicit Joins(bool* as) noexcept : as(as) {
      if (as != nullptr) *as = true;
    }
    ~Joins() {
      if (as != nullptr) *as = false;
    }
  } const joins(&waiter == &owner_ ? &ownerJoins_ : nullptr);
  return joining_.wait(waiter, lock, never, interruption, "its scope") != WaitResult::signalled;
}

void Scope::childEnded(const std::exception_ptr& failure) noexcept {
  if (failure != nullptr) fail(failure);
  countEnded();
}

void Scope::countEnded() noexcept {
  // Acquire and release: who sees 0 sees what all of them did.
  std::size_t running = running_.load(std::memory_order_relaxed);
  while (running > 1) {
    if (running_.compare_exchange_weak(running, running - 1, std::memory_order_acq_rel)) return;
  }
  std::lock_guard lock(mutex_);
  if (running_.fetch_sub(1, std::memory_order_acq_rel) == 1) joining_.signalAll();
}

void Scope::threadEnded(Thread& thread, const std::exception_ptr& failure) noexcept {
  if (thread.isListed()) {
    std::lock_guard lock(mutex_);
    threads_.remove(thread);
  }
  childEnded(failure);
}

void Scope::fail(const std::exception_ptr& failure) noexcept {
  std::exception_ptr error = failure;
  if (isCancelled(failure)) {
    if (cancelled() || owner_.thread().cancellation() != nullptr) return;
    // It was cancelled by a scope of its own, where something failed: that is the error here.
    error = std::make_exception_ptr(errorOf(failure));
  }
  {
    std::lock_guard lock(mutex_);
    if (firstFailure_ == nullptr) firstFailure_ = error;
  }
  cancel(errorOf(error));
}

void Scope::leftBy(const Cancelled& reason) noexcept {
  if (!cancelled() && owner_.cancellation(this) == nullptr) {
    fail(std::make_exception_ptr(reason));
  } else {
    cancel(reason.cause());
  }
}

}  // namespace troop
