#include "runtime/thread.h"

#include <fmt/format.h>

#include <mutex>

#include "runtime/async/coroutine-task.h"
#include "runtime/deadlock/known-wait.h"
#include "runtime/process.h"
#include "runtime/sched/compactor.h"
#include "runtime/sched/control-block.h"
#include "runtime/sched/current.h"
#include "runtime/sched/shared-stack.h"
#include "runtime/scope.h"
#include "runtime/troop.h"

namespace troop {
namespace {

constexpr const char* endOfThread = "the end of a Thread";

Error selfJoinError() {
  return Error(ErrorKind::failed, "a Thread cannot join itself", ErrorDetail::deadlock);
}

}  // namespace

Thread::Thread(Ref<Troop> troop, ThreadOptions options, Stays stays, Scope* scope,
               std::size_t firstBodyBytes)
    : Runnable(std::move(troop), ThreadTag::thread),
      name_(options.name.empty() ? nullptr
                                 : std::make_unique<const std::string>(std::move(options.name))),
      scope_(scope),
      firstBodyBytes_(static_cast<std::uint32_t>(firstBodyBytes)),
      compactable_(options.parked == Parked::compacted ? std::make_unique<Compactable>(*this)
                                                       : nullptr),
      tenant_(options.parked == Parked::sharesStack ? std::make_unique<StackTenant>(*this)
                                                    : nullptr),
      stays_(stays) {}

Thread::~Thread() {
  // Only a Thread that was never started has Tasks, which were never started either.
  if (first_ != nullptr) troop().taskEnded();
  while (Task* task = inbox_.popFront()) {
    delete task;
    troop().taskEnded();
  }
  if (compactable_ && compactable_->linked()) compactor().leave(*compactable_);
  if (ended_) return;
  giveChargeBack();
  troop().threadEnded();
}

void Thread::giveChargeBack() noexcept {
  troop().memory_->give(troop().bytesOfThread(name(), parked(), firstBodyBytes_));
}

Parked Thread::parked() const noexcept {
  if (tenant_) return Parked::sharesStack;
  return compactable_ ? Parked::compacted : Parked::keepsStacks;
}

const std::string& Thread::name() const noexcept {
  static const std::string none;
  return name_ != nullptr ? *name_ : none;
}

// In handlers of signals as well.
std::string_view Thread::reportedName() const noexcept {
  return name_ != nullptr ? std::string_view(*name_) : std::string_view();
}

Thread* Thread::current() noexcept {
  const Current* here = troop::current();
  return here != nullptr ? here->thread : nullptr;
}

Expected<void> Thread::post(std::unique_ptr<Body> body) {
  if (troop().killed()) return killedError(*troop().killCause());
  Expected<Task*> created = create(std::move(body), nullptr, never);
  if (created.failed()) return std::move(created).error();
  if (!deliver(*created.value())) {
    delete created.value();
    troop().taskEnded();
    return Error(ErrorKind::disconnected, fmt::format("Thread '{}' has ended or is closed", name()),
                 ErrorDetail::none, Executed::no);
  }
  wake();
  return {};
}

bool Thread::deliver(Task& task) noexcept {
  std::lock_guard lock(mutex_);
  if (closed_ || ended_) return false;
  inbox_.pushBack(task);
  news_.store(true, std::memory_order_relaxed);
  return true;
}

Expected<Task*> Thread::create(std::unique_ptr<Body> body, Scope* parent, Time deadline) {
  StackPool& stacks = *troop().stacks_;
  Expected<Charge> charge =
      troop().memory_->charge(sizeof(FiberTask) + stacks.stackBytes() + body->bytes());
  if (charge.failed()) return std::move(charge).error();
  Stack stack;
  if (!stacks.guardsAreMarkers()) {
    // The kernel has few guards of this kind: who starts one too many is to be told.
    Expected<Stack> acquired = stacks.acquire();
    if (acquired.failed()) return std::move(acquired).error();
    stack = std::move(acquired).value();
  }
  if (Expected<void> admitted = troop().admitTask(); admitted.failed()) {
    return std::move(admitted).error();
  }
  try {
    return new FiberTask(*this, ids_.fetch_add(1, std::memory_order_relaxed) + 1, std::move(stack),
                         std::move(charge).value(), std::move(body), parent, deadline);
  } catch (...) {
    troop().taskEnded();
    throw;
  }
}

Task& Thread::createCoroutine(std::coroutine_handle<> root, Scope& parent) {
  if (Expected<void> admitted = troop().admitTask(); admitted.failed()) {
    throw std::move(admitted).error();
  }
  try {
    return *new CoroutineTask(*this, ids_.fetch_add(1, std::memory_order_relaxed) + 1, root,
                              parent);
  } catch (...) {
    troop().taskEnded();
    throw;
  }
}

void Thread::beginWith(std::unique_ptr<Body> body, Time deadline) noexcept {
  first_ = std::move(body);
  firstDeadline_ = deadline;
}

bool Thread::moveIn(Fiber& fiber) noexcept {
  return tenant_ && tenant_->begin(troop().sharedStacks(), fiber, troop::current()->carrier);
}

void Thread::makeFirstTask() noexcept {
  try {
    addTask(std::move(first_), Charge(), firstDeadline_);
  } catch (...) {
    failure_ = std::current_exception();
    first_.reset();
    owesTask_ = true;
  }
}

bool Thread::makeLastTask(std::unique_ptr<Owned> owned) noexcept {
  // Nobody has asked for it, so no limit keeps it from being made.
  try {
    Expected<Charge> charge =
        troop().memory_->charge(sizeof(FiberTask) + troop().stacks_->stackBytes());
    addTask(makeBody([owned = std::move(owned)] {}),
            charge.succeeded() ? std::move(charge).value() : Charge(), never);
    return true;
  } catch (...) {
    return false;
  }
}

void Thread::addTask(std::unique_ptr<Body> body, Charge charge, Time deadline) {
  Task* task = new FiberTask(*this, ids_.fetch_add(1, std::memory_order_relaxed) + 1, Stack(),
                             std::move(charge), std::move(body), nullptr, deadline);
  tasks_.pushBack(*task);
  ready_.pushBack(*task);
}

void Thread::start() noexcept {
  if (compactable_) compactor().join(*compactable_);
  wake();
}

void Thread::close() noexcept {
  {
    std::lock_guard lock(mutex_);
    closed_ = true;
  }
  wake();
}

Expected<void> Thread::join(Time deadline) {
  if (current() == this) return selfJoinError();
  // The Event lives as long as the Thread, so that it need not be waited for once it is set.
  if (hasEnded_.isSet()) {
    Waiter::ofCaller().enter();
    return outcome(WaitResult::signalled);
  }
  Waiter& waiter = Waiter::ofCaller();
  waiter.enter();
  const Expected<WaitResult> waited = awaitEnd(waiter, deadline);
  if (waited.failed()) return waited.error();
  return outcome(waiter.conclude(waited.value(), deadline));
}

Expected<void> Thread::joinNoThrow(Time deadline) noexcept {
  if (current() == this) return selfJoinError();
  Waiter& waiter = Waiter::ofCaller();
  waiter.giveWay();
  const Expected<WaitResult> waited = awaitEnd(waiter, deadline);
  if (waited.failed()) return waited.error();
  return outcome(waited.value());
}

Expected<WaitResult> Thread::awaitEnd(Waiter& waiter, Time deadline) {
  const deadlock::KnownWait known(waiter, {.text = endOfThread, .thread = this}, deadline,
                                  Interruption::allowed, deadlock::Refused::byResult);
  const WaitResult waited = hasEnded_.wait(deadline, Interruption::allowed, endOfThread);
  if (const Error* deadlock = known.broken()) return *deadlock;
  return waited;
}

void Thread::awaitEnd() noexcept {
  const deadlock::KnownWait known(Waiter::ofCaller(), {.text = endOfThread, .thread = this}, never,
                                  Interruption::deferred, deadlock::Refused::never);
  hasEnded_.wait(never, Interruption::deferred, endOfThread);
}

Expected<void> Thread::outcome(WaitResult waited) const {
  switch (waited) {
    case WaitResult::signalled:
      break;
    case WaitResult::timedOut:
      return deadlineError();
    case WaitResult::cancelled:
      return Error(ErrorKind::failed, "cancelled", ErrorDetail::cancelled);
  }
  if (failure_ == nullptr) return {};
  return errorOf(failure_);
}

void Thread::rethrowFailure() const {
  if (failure_ == nullptr) return;
  if (isCancelled(failure_)) throw errorOf(failure_);
  std::rethrow_exception(failure_);
}

Progress Thread::runSlice() noexcept {
  Current& here = *troop::current();
  beginSlice(here);
  if (tenant_ != nullptr) {
    const StackTenant::Entered entered = tenant_->enter();
    if (entered != StackTenant::Entered::here) {
      here.thread = nullptr;
      return entered == StackTenant::Entered::notYet ? Progress::ready : Progress::parked;
    }
  }
  if (first_ != nullptr) makeFirstTask();
  if (compactable_ && !ready_.empty()) expand();
  lookForNews();
  // Who leaves goes on with the next Task by itself where it can, which may be of another Thread;
  // this one may be gone then.
  Thread* ran = this;
  for (Task* task = nextReady(); task != nullptr;) {
    here.task = task;
    here.waiter = task;
    task->resume();
    Task& left = *here.task;
    ran = &left.thread();
    here.task = nullptr;
    here.waiter = nullptr;
    left.hasLeft();
    if (left.ended()) {
      ran->retire(left);
    } else if (left.fiber() != nullptr) {
      task = std::exchange(ran->next_, nullptr);
      continue;
    }
    task = ran->nextInSlice();
  }
  return ran->endSlice(here);
}

void Thread::beginSlice(Current& here) noexcept {
  here.thread = this;
  ++slice_;
}

Progress Thread::endSlice(Current& here) noexcept {
  if (sliceEnd_) sliceEnd_->sliceEnds();
  if (tenant_) tenant_->leave();
  here.thread = nullptr;
  if (!ready_.empty()) return Progress::ready;
  if (end()) return Progress::finished;
  if (!ready_.empty()) return Progress::ready;
  if (compactable_) compactIfAsked();
  return Progress::parked;
}

Task* Thread::goOnElsewhere(Current& here) noexcept {
  // The carrier has more to do when its slice ends.
  if (compactable_ || tenant_ || sliceEnd_) return nullptr;
  const Successor successor = share().scheduler().takeSuccessor(here);
  Thread* const next = static_cast<Thread*>(successor.runnable);  // nothing else succeeds a Thread
  if (next == nullptr || !next->goesOnAtOnce()) {
    here.successor = successor;
    return nullptr;
  }
  Scheduler::begin(*next, here);
  next->before_ = this;
  next->tookTurn_ = successor.isActive;
  next->beginSlice(here);
  next->lookForNews();
  return next->ready_.popFront();
}

void Thread::settleBefore() noexcept {
  if (before_ == nullptr) return;
  Thread& before = *std::exchange(before_, nullptr);
  const Progress progress = before.ready_.empty() ? Progress::parked : Progress::ready;
  share().scheduler().settleLeft(before, progress, tookTurn_);
}

bool Thread::goesOnAtOnce() const noexcept {
  if (first_ != nullptr || compactable_ || tenant_ || ready_.empty()) return false;
  Task& task = *ready_.front();
  return task.fiber() != nullptr && task.fiber()->started() && task.loan() == nullptr;
}

Compactor& Thread::compactor() const noexcept {
  return *troop().process().compactor_;
}

void Thread::lendStacks() {
  if (tenant_) {
    throw Error(ErrorKind::failed, "what is on a shared stack is not lent (Parked::sharesStack)");
  }
  if (compactable_) compactable_->lend();
}

void Thread::giveBackStacks() noexcept {
  if (compactable_) compactable_->giveBack();
}

void Thread::compactIfAsked() noexcept {
  if (!compactable_->takeAsked() || compactable_->lent() || compacted_ || tasks_.empty()) return;
  for (Task* task = tasks_.front(); task != nullptr; task = tasks_.after(*task)) task->compact();
  compacted_ = true;
  compactor().countCompacted();
}

void Thread::expand() noexcept {
  compactor().runsAgain(*compactable_);
  if (!std::exchange(compacted_, false)) return;
  compactor().countExpanded();
  for (Task* task = tasks_.front(); task != nullptr; task = tasks_.after(*task)) task->expand();
}

bool Thread::sliceUsedUp() noexcept {
  // Looking at the clock each time would cost more than most primitives do.
  constexpr unsigned primitivesBetweenLooks = 64;
  if (++primitivesEntered_ % primitivesBetweenLooks != 0) return false;
  return sliceIsOver();
}

bool Thread::sliceIsOver() noexcept {
  Current& here = *troop::current();
  if (!share().scheduler().sliceOver(here.sliceBegan)) return false;
  here.sliceIsOver = true;
  return true;
}

Task* Thread::nextReady() noexcept {
  if (ready_.empty()) return nullptr;
  Scheduler& scheduler = share().scheduler();
  std::size_t drawn = 0;
  if (scheduler.draws()) {
    const std::size_t ready = ready_.count();
    drawn = scheduler.drawTask(ready);
    if (drawn == ready) return nullptr;
  }
  Task& task = drawn == 0 ? *ready_.front() : ready_.at(drawn);
  if (task.yieldedIn() == slice_) {
    // All that were ready before it have had their turn; now other Threads have theirs, those of
    // other carriers too once in a while, and who wants to be told that a slice ends.
    constexpr unsigned switchesAlone = 64;
    if (sliceEnd_ || scheduler.othersReady() || switches_ % switchesAlone == 0) return nullptr;
    ++slice_;
  }
  ready_.remove(task);
  return &task;
}

Task* Thread::nextInSlice() noexcept {
  lookForNews();
  // Most Threads have one Task: the clock is not looked at for them, nor for each switch of others,
  // which costs less than the look.
  constexpr unsigned switchesBetweenLooks = 4;
  if (ready_.empty()) return nullptr;
  countFirstTask();
  if (++switches_ % switchesBetweenLooks == 0 && sliceIsOver()) return nullptr;
  return nextReady();
}

void Thread::retire(Task& task) noexcept {
  const std::exception_ptr failure = task.takeFailure();
  Scope* const parent = task.parent();
  tasks_.remove(task);
  if (tenant_ && tenant_->isOf(task.fiber())) tenant_->end();
  if (parent != nullptr) {
    parent->tasks_.remove(task);
  } else if (ended_) {  // the last one, which counts nowhere and tells nothing
    delete &task;
    return;
  } else if (failure_ == nullptr) {
    failure_ = failure;
  }
  delete &task;
  if (parent == nullptr && tasks_.empty()) {
    countFirstTask();  // one that could not be made
    owesTask_ = true;
    return;
  }
  troop().taskEnded();
  if (parent != nullptr) parent->childEnded(failure);
}

void Thread::countFirstTask() noexcept {
  if (std::exchange(owesTask_, false)) troop().taskEnded();
}

bool Thread::own(std::shared_ptr<void> object) {
  const void* key = object.get();
  std::lock_guard lock(mutex_);
  if (ended_) return false;
  if (owned_ == nullptr) owned_ = std::make_unique<Owned>();
  owned_->emplace(key, std::move(object));
  return true;
}

std::shared_ptr<void> Thread::disown(const void* object) noexcept {
  std::lock_guard lock(mutex_);
  if (owned_ == nullptr) return nullptr;
  const auto found = owned_->find(object);
  if (found == owned_->end()) return nullptr;
  std::shared_ptr<void> disowned = std::move(found->second);
  owned_->erase(found);
  return disowned;
}

bool Thread::end() noexcept {
  if (!tasks_.empty()) return false;
  std::unique_ptr<Owned> owned;
  {
    std::lock_guard lock(mutex_);
    ended_ = inbox_.empty() && (stays_ == Stays::whileItHasTasks || closed_ || share().killed());
    if (ended_) owned.swap(owned_);
  }
  if (!ended_ || (owned != nullptr && makeLastTask(std::move(owned)))) {
    countFirstTask();
    return false;
  }
  if (compactable_) compactor().leave(*compactable_);
  if (sliceEnd_) sliceEnd_->threadEnds();
  Scope* const scope = scope_;
  const std::exception_ptr failure = scope != nullptr ? crossing(failure_) : nullptr;
  // What is left of it belongs to those who still hold it, not to the troop. Of a killed troop all
  // is given back at once.
  const bool onCredit = owesTask_ && !share().killed() &&
                        troop().isUsual(name(), parked(), firstBodyBytes_) &&
                        troop().leaveCredit(CreditKind::admitted);
  if (!onCredit) {
    countFirstTask();
    giveChargeBack();
    troop().threadEnded();
  }
  hasEnded_.set();
  if (scope != nullptr) scope->threadEnded(*this, failure);
  return true;
}

void Thread::takeNews() noexcept {
  // News may touch what is on its stacks.
  if (compactable_) expand();
  List<Task, ReadyTag> arrived;
  List<Scope, CancelledTag> cancelled;
  bool all;
  {
    std::lock_guard lock(mutex_);
    arrived.splice(inbox_);
    cancelled.splice(cancelledScopes_);
    all = std::exchange(interruptAll_, false);
    news_.store(false, std::memory_order_relaxed);
  }
  for (Task* task = arrived.front(); task != nullptr; task = arrived.after(*task)) {
    if (!static_cast<ListHook<AllTasksTag>&>(*task).linked()) tasks_.pushBack(*task);
  }
  ready_.splice(arrived);
  while (Scope* scope = cancelled.popFront()) scope->interruptTasks();
  if (!all) return;
  for (Task* task = tasks_.front(); task != nullptr; task = tasks_.after(*task)) task->interrupt();
}

void Thread::makeReady(Task& task) noexcept {
  if (current() == this) {
    ready_.pushBack(task);
    return;
  }
  if (takeParked()) {
    ready_.pushBack(task);
    queueTaken();
    return;
  }
  {
    std::lock_guard lock(mutex_);
    inbox_.pushBack(task);
    news_.store(true, std::memory_order_relaxed);
  }
  wake();
}

void Thread::interrupt() noexcept {
  {
    std::lock_guard lock(mutex_);
    interruptAll_ = true;
    news_.store(true, std::memory_order_relaxed);
  }
  wake();
}

void Thread::interrupt(Scope& scope) noexcept {
  {
    std::lock_guard lock(mutex_);
    if (!static_cast<ListHook<CancelledTag>&>(scope).linked()) cancelledScopes_.pushBack(scope);
    news_.store(true, std::memory_order_relaxed);
  }
  wake();
}

void Thread::troopKilled() noexcept {
  std::lock_guard lock(mutex_);
  interruptAll_ = true;
  news_.store(true, std::memory_order_relaxed);
}

void Thread::enlist() noexcept {
  Runnable::enlist();
  if (scope_ != nullptr) scope_->list(*this);
}

const Error* Thread::cancellation() const noexcept {
  if (const Error* cause = share().killCause()) return cause;
  return scope_ != nullptr ? scope_->cancellation() : nullptr;
}

void Thread::describeWaits(std::string& report) const {
  for (const Task* task = tasks_.front(); task != nullptr; task = tasks_.after(*task)) {
    if (!task->waits()) continue;
    report += fmt::format("\n  Task {} of Thread '{}' of troop '{}' waits for {}", task->id(),
                          name(), troop().name(), task->what());
  }
}

}  // namespace troop
