#include "runtime/troop.h"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/heap/arena.h"
#include "runtime/process.h"
#include "runtime/sched/control-block.h"
#include "runtime/sched/current.h"
#include "runtime/stack/stack-pool.h"
#include "runtime/units.h"

namespace troop {

Error killedError(const Error& cause) {
  return Error(ErrorKind::disconnected, "its troop was killed: " + cause.reason(),
               ErrorDetail::killed, Executed::no);
}

Troop::Troop(Process& process, Ref<Scheduler> scheduler, Ref<StackPool> stacks, Ref<Budget> memory,
             TroopOptions options)
    : Share(std::move(scheduler), options.weight),
      process_(process),
      stacks_(std::move(stacks)),
      options_(std::move(options)),
      memory_(std::move(memory)),
      arena_(options_.heap == Heap::own ? std::make_unique<Arena>(memory_) : nullptr) {}

Troop::~Troop() = default;

void Troop::chargeCpu(Duration cpu) noexcept {
  const Duration charged = std::max(cpu, Duration::zero());
  advanceVirtualTime(charged);
  const Duration before(cpuUsed_.fetch_add(charged.count(), std::memory_order_relaxed));
  if (options_.cpuMax == forever || before + charged < options_.cpuMax || killed()) return;
  kill(Error(ErrorKind::overloaded, "CPU time " + describe(options_.cpuMax) + " reached",
             ErrorDetail::cpu));
}

Ref<Loan> Troop::lend() {
  if (options_.cpuLentPerCall <= Duration::zero()) return {};
  return makeRef<Loan>(Ref<Troop>::share(this), options_.cpuLentPerCall,
                       options_.memoryLentPerCall);
}

Troop* Troop::current() noexcept {
  const Current* here = troop::current();
  return here != nullptr ? static_cast<Troop*>(here->share) : nullptr;
}

void Troop::kill(Error cause) noexcept {
  if (killMembers(std::move(cause)) && threads_.load() == 0) endHeap();
}

std::pmr::memory_resource& Troop::heap() noexcept {
  if (options_.heap == Heap::shared) return *std::pmr::new_delete_resource();
  return arena_ != nullptr ? *arena_ : *std::pmr::null_memory_resource();
}

void Troop::threadEnded() noexcept {
  // Who starts a Thread counts it and then looks for a kill; who kills does the opposite. So after
  // a kill the count that comes to zero stays there.
  if (threads_.fetch_sub(1) == 1 && killed()) endHeap();
}

void Troop::endHeap() noexcept {
  std::call_once(heapEnded_, [this] { arena_.reset(); });
}

std::optional<Error> Troop::cause() const {
  const Error* cause = killCause();
  return cause != nullptr ? std::optional<Error>(*cause) : std::nullopt;
}

Ref<Thread> Troop::serviceThread(std::string name) {
  Ref<Thread> thread = emptyThread(std::move(name), Thread::Stays::untilClosed, nullptr);
  thread->start();
  return thread;
}

Ref<Thread> Troop::start(std::string name, std::unique_ptr<Body> body) {
  Ref<Thread> thread = prepare(std::move(name), std::move(body), nullptr, never);
  thread->start();
  return thread;
}

Ref<Thread> Troop::prepare(std::string name, std::unique_ptr<Body> body, Scope* scope,
                           Time deadline) {
  Ref<Thread> thread = emptyThread(std::move(name), Thread::Stays::whileItHasTasks, scope);
  Expected<Task*> task = thread->create(std::move(body), nullptr, deadline);
  if (task.failed()) throw std::move(task).error();
  thread->deliver(*task.value());
  return thread;
}

Ref<Thread> Troop::emptyThread(std::string name, Thread::Stays stays, Scope* scope) {
  const bool full = threads_.fetch_add(1) >= options_.threadsMax;
  if (const Error* cause = killCause()) {
    threadEnded();
    throw killedError(*cause);
  }
  if (full) {
    threadEnded();
    throw Error(
        ErrorKind::overloaded,
        fmt::format("troop '{}' has {} Threads, its limit", options_.name, options_.threadsMax),
        ErrorDetail::quota, Executed::no);
  }
  try {
    Charge charge = memory_->charge(sizeof(Thread) + name.size()).value();
    return Ref<Thread>::adopt(
        new Thread(Ref<Troop>::share(this), std::move(name), std::move(charge), stays, scope));
  } catch (...) {
    threadEnded();
    throw;
  }
}

Expected<void> Troop::admitTask() {
  if (tasks_.fetch_add(1, std::memory_order_relaxed) < options_.tasksMax) return {};
  taskEnded();
  return Error(ErrorKind::overloaded,
               fmt::format("troop '{}' has {} Tasks, its limit", options_.name, options_.tasksMax),
               ErrorDetail::quota, Executed::no);
}

}  // namespace troop
