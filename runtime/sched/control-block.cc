#include "runtime/sched/control-block.h"

#include <algorithm>
#include <utility>

#include "runtime/sched/current.h"
#include "runtime/scope.h"
#include "runtime/task.h"
#include "runtime/thread.h"
#include "runtime/troop.h"

namespace troop {
namespace {

// Out of line, as what follows the call of a body: the first frame of a Task lives as long as that,
// and is copied with what it has on a stack that it shares.
[[noreturn, gnu::noinline]] void throwCancelled(const Error& cause) {
  throw Cancelled(cause);
}

}  // namespace

Error deadlineError() {
  return Error(ErrorKind::overloaded, "the deadline has passed", ErrorDetail::deadline);
}

Task::Task(Thread& thread, unsigned id, Scope* parent, Runs runs)
    : thread_(thread), parent_(parent), id_(id), runs_(runs) {}

Time Task::deadline() const noexcept {
  if (innermost_ != nullptr) return innermost_->deadline_;
  return parent_ != nullptr ? parent_->deadline_ : deadlineAtStart();
}

const Error* Task::cancellation(const Scope* outside) const noexcept {
  if (const Error* cause = thread_.cancellation()) return cause;
  const Error* found = parent_ != nullptr ? parent_->cancellation() : nullptr;
  if (found != nullptr) return found;
  const Scope* scope = innermost_;
  if (outside != nullptr) scope = outside->outer_;
  // The outermost one is the reason for those within.
  for (; scope != nullptr; scope = scope->outer_) {
    if (const Error* cause = scope->cancellation()) found = cause;
  }
  return found;
}

void Task::throwIfCancelled() const {
  // Hardly ever, and asking whether an exception unwinds costs more.
  if (const Error* cause = cancellation(); cause != nullptr && !tellsByResult()) {
    throw Cancelled(*cause);
  }
}

void Task::interrupt() noexcept {
  if (!waits_ || interruption_ == Interruption::deferred || cancellation() == nullptr) return;
  signal(ticket(), WaitResult::cancelled);
}

bool Task::stacksStay() const noexcept {
  return thread_.compactable_ == nullptr && thread_.tenant_ == nullptr;
}

void Task::resume() noexcept {
  // Only those that work on a Loan look at the clock.
  if (loan_) troop::current()->loanSince = thread_.share().scheduler().now();
  run();
}

void Task::hasLeft() noexcept {
  if (loan_) chargeLoan();
}

Ref<Loan> Task::workOn(Ref<Loan> loan) noexcept {
  Current* here = troop::current();
  const bool runs = here != nullptr && here->task == this;
  if (runs && loan_) chargeLoan();
  std::swap(loan, loan_);
  if (runs && loan_) here->loanSince = thread_.share().scheduler().now();
  return loan;
}

void Task::chargeLoan() noexcept {
  if (loan_->isClosed()) return;
  Current& here = *troop::current();
  const Duration worked = thread_.share().scheduler().now() - here.loanSince;
  here.cpuOnLoans += loan_->chargeCpu(worked);
}

void Task::makeReady() noexcept {
  thread_.makeReady(*this);
}

bool Task::shouldGiveWay() noexcept {
  Scheduler& scheduler = thread_.share().scheduler();
  return scheduler.draws() ? scheduler.preemptsHere() : thread_.sliceUsedUp();
}

void Task::markYielded() noexcept {
  yieldedIn_ = thread_.slice_;
}

bool Task::beginWait(Time deadline, Interruption interruption) {
  Time until = deadline;
  if (interruption == Interruption::allowed && !calm()) {
    until = std::min(until, this->deadline());
    if (cancellation() != nullptr && resolve(ticket(), WaitResult::cancelled)) return false;
  }
  if (until != never && !arm(until)) return false;
  interruption_ = interruption;
  waits_ = true;
  return true;
}

bool Task::arm(Time until) {
  Scheduler& scheduler = thread_.share().scheduler();
  const Time now = scheduler.now();
  if (until <= now) return !resolve(ticket(), WaitResult::timedOut);
  try {
    scheduler.timers().arm(timer(), until, now);
    timed_ = true;
  } catch (...) {
    // A wait that somebody has ended already makes this Task ready, which must be awaited.
    if (resolve(ticket(), WaitResult::cancelled)) throw;
  }
  return true;
}

void Task::disarm() noexcept {
  timed_ = false;
  thread_.share().scheduler().timers().disarm(timer());
}

bool Task::deadlinePassed() const noexcept {
  const Time inherited = deadline();
  return inherited != never && inherited <= thread_.share().scheduler().now();
}

WaitResult Task::conclude(WaitResult result, Time deadline) {
  if (result == WaitResult::signalled || tellsByResult()) return result;
  if (result == WaitResult::cancelled) {
    const Error* cause = cancellation();
    if (cause == nullptr && declaresEnds_) throwIfRefused();
    throw Cancelled(
        cause != nullptr ? *cause : Error(ErrorKind::failed, "cancelled", ErrorDetail::cancelled));
  }
  if (this->deadline() < deadline) throw deadlineError();
  return result;
}

void Task::enter() {
  if (!calm()) throwIfStopped();
}

bool Task::calm() const noexcept {
  return calmIn_ == thread_.share().scheduler().cancellations();
}

void Task::throwIfStopped() {
  // Read before it looks: what is cancelled meanwhile counts for the next time.
  const std::uint32_t cancellations = thread_.share().scheduler().cancellations();
  throwIfCancelled();
  if (deadline() != never) {
    if (deadlinePassed() && !tellsByResult()) throw deadlineError();
  } else if (cancellation() == nullptr) {
    calmIn_ = cancellations;
  }
}

FiberTask::FiberTask(Thread& thread, unsigned id, Stack stack, Charge charge,
                     std::unique_ptr<Body> body, Scope* parent, Time deadline)
    : Task(thread, id, parent, Runs::onFiber),
      charge_(std::move(charge)),
      fiber_(&FiberTask::main, this),
      body_(std::move(body)),
      deadlineAtStart_(deadline) {
  if (stack) fiber_.takeStack(std::move(stack));
}

void FiberTask::run() noexcept {
  if (fiber_.hasStack() || takeStack()) fiber_.resume();
}

bool FiberTask::takeStack() noexcept {
  if (thread().moveIn(fiber_)) return true;
  Expected<Stack> stack = thread().troop().stacks_->acquire();
  if (stack.succeeded()) {
    fiber_.takeStack(std::move(stack).value());
    return true;
  }
  setFailure(std::make_exception_ptr(std::move(stack).error()));
  dropBody();
  return false;
}

void FiberTask::compact() noexcept {
  // More than a page that lives would be copied for little.
  constexpr std::size_t liveBytesMax = 4096;
  if (fiber_.liveBytes() < liveBytesMax) fiber_.compact();
}

void FiberTask::main(void* task) noexcept {
  static_cast<FiberTask*>(task)->call();
}

void FiberTask::call() noexcept {
  try {
    if (const Error* cause = cancellation()) throwCancelled(*cause);
    body_->run();
  } catch (...) {
    keepFailure();
  }
  dropBody();
}

void FiberTask::keepFailure() noexcept {
  setFailure(std::current_exception());
}

void FiberTask::dropBody() noexcept {
  const MustNotThrow destructors;
  body_.reset();
}

void FiberTask::leave() noexcept {
  Thread& thread = this->thread();
  Task* next = thread.nextInSlice();
  if (next == this) return;
  Current& here = *troop::current();
  // The carrier charges those that work on Loans, and gives those a stack that have none yet.
  bool direct = loan() == nullptr;
  if (direct && next == nullptr) {
    next = thread.goOnElsewhere(here);
    direct = next != nullptr;
  } else if (direct) {
    direct = next->fiber() != nullptr && next->fiber()->hasStack() && next->loan() == nullptr;
  }
  if (direct) {
    here.task = next;
    here.waiter = next;
    fiber_.switchTo(*next->fiber());
  } else {
    thread.next_ = next;
    fiber_.suspend();
  }
  thread.settleBefore();
}

void FiberTask::yield() noexcept {
  if (hasNoStack()) return;
  markYielded();
  letOthersRun();
}

void FiberTask::letOthersRun() noexcept {
  makeReady();
  leave();
}

WaitResult FiberTask::park(Time deadline, Interruption interruption) {
  if (beginWait(deadline, interruption)) leave();
  endWait();
  return result();
}

void FiberTask::enter() {
  FiberTask::giveWay();
  Task::enter();
}

void FiberTask::giveWay() noexcept {
  if (shouldGiveWay() && !hasNoStack()) letOthersRun();
}

}  // namespace troop
