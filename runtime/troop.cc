#include "runtime/troop.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "runtime/heap/arena.h"
#include "runtime/heap/heap-sampler.h"
#include "runtime/process.h"
#include "runtime/sched/compactor.h"
#include "runtime/sched/control-block.h"
#include "runtime/sched/current.h"
#include "runtime/sched/shared-stack.h"
#include "runtime/stack/stack-pool.h"
#include "runtime/units.h"

namespace troop {

namespace {

constexpr std::size_t noFirstTask = 0;

Error fullError(const std::string& troop, std::size_t most, const char* what) {
  return Error(ErrorKind::overloaded,
               fmt::format("troop '{}' has {} {}, its limit", troop, most, what),
               ErrorDetail::quota, Executed::no);
}

}  // namespace

Error killedError(const Error& cause) {
  return Error(ErrorKind::disconnected, "its troop was killed: " + cause.reason(),
               ErrorDetail::killed, Executed::no);
}

Troop::Troop(Process& process, Ref<Scheduler> scheduler, Ref<StackPool> stacks, Ref<Budget> memory,
             Ref<Troop> group, TroopOptions options)
    : Share(std::move(scheduler), options.weight, std::move(group)),
      process_(process),
      stacks_(std::move(stacks)),
      options_(std::move(options)),
      memory_(std::move(memory)),
      sampler_(options_.heap == Heap::own && options_.heapSampleBytes != 0
                   ? makeRef<HeapSampler>(memory_, options_.heapSampleBytes)
                   : nullptr),
      arena_(options_.heap == Heap::own ? std::make_unique<Arena>(memory_, sampler_) : nullptr) {
  if (Troop* outer = this->group()) {
    std::lock_guard lock(outer->innerMutex_);
    outer->inner_.pushBack(*this);
  }
}

Troop::~Troop() {
  if (Troop* outer = group()) {
    std::lock_guard lock(outer->innerMutex_);
    outer->inner_.remove(*this);
  }
}

Ref<Troop> Troop::troop(TroopOptions options) {
  Ref<Troop> inner = process_.troopIn(Ref<Troop>::share(this), std::move(options));
  // It is listed before this looks, and kill() says so before it lists: one sees the other.
  if (const Error* cause = killCause()) {
    inner->kill(killedError(*cause));
    throw killedError(*cause);
  }
  return inner;
}

void Troop::chargeCpu(Duration cpu) noexcept {
  const Duration charged = std::max(cpu, Duration::zero());
  advanceVirtualTime(charged);
  for (Troop* troop = this; troop != nullptr; troop = troop->group()) troop->chargeOwn(charged);
}

void Troop::chargeOwn(Duration cpu) noexcept {
  const Duration before(cpuUsed_.fetch_add(cpu.count(), std::memory_order_relaxed));
  if (options_.cpuMax == forever || before + cpu < options_.cpuMax || killed()) return;
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
  Share* const share = here != nullptr ? here->share : nullptr;
  return static_cast<Troop*>(share);
}

void Troop::kill(Error cause) noexcept {
  if (!killMembers(std::move(cause))) return;
  killInner(*killCause());
  if (threads() == 0) endHeap();
}

void Troop::killInner(const Error& cause) noexcept {
  std::vector<Ref<Troop>> inner;
  {
    std::lock_guard lock(innerMutex_);
    inner.reserve(inner_.size());
    for (Troop* troop = inner_.front(); troop != nullptr; troop = inner_.after(*troop)) {
      // One whose last reference is gone is about to leave the list.
      if (troop->tryAddRef()) inner.push_back(Ref<Troop>::adopt(troop));
    }
  }
  for (const Ref<Troop>& troop : inner) {
    troop->kill(
        Error(cause.kind(),
              fmt::format("troop '{}', which it is in, was killed: {}", name(), cause.reason()),
              cause.detail(), cause.executed()));
  }
}

std::pmr::memory_resource& Troop::heap() noexcept {
  if (options_.heap == Heap::shared) return *std::pmr::new_delete_resource();
  return arena_ != nullptr ? *arena_ : *std::pmr::null_memory_resource();
}

HeapProfile Troop::heapProfile() const {
  return sampler_ ? sampler_->profile() : HeapProfile();
}

void Troop::countDown(Count Troop::* count, const Troop* end, std::size_t fewer) noexcept {
  for (Troop* troop = this; troop != end; troop = troop->group()) {
    const bool none = (troop->*count).fetch_sub(fewer) == fewer;
    // Who starts a Thread counts it and then looks for a kill; who kills does the opposite. So
    // after a kill the count that comes to zero stays there.
    if (none && count == &Troop::threads_ && troop->killed()) troop->endHeap();
  }
}

const Troop* Troop::countUpOrCollect(Count Troop::* count,
                                     std::size_t TroopOptions::* most) noexcept {
  const Troop* full = countUp(count, most);
  return full != nullptr && scheduler().collectCredit() ? countUp(count, most) : full;
}

Troop* Troop::countUp(Count Troop::* count, std::size_t TroopOptions::* most) noexcept {
  for (Troop* troop = this; troop != nullptr; troop = troop->group()) {
    const std::size_t bound = troop->options_.*most;
    if ((troop->*count).fetch_add(1) < bound) continue;
    countDown(count, troop->group(), 1);
    return troop;
  }
  return nullptr;
}

bool Troop::countAhead(Count Troop::* count, std::size_t TroopOptions::* most,
                       std::size_t more) noexcept {
  for (Troop* troop = this; troop != nullptr; troop = troop->group()) {
    const std::size_t bound = troop->options_.*most - troop->options_.*most / 8;
    std::size_t before = (troop->*count).load();
    // Never beyond, not even for a moment, in which somebody else would be refused.
    while (before + more <= bound &&
           !(troop->*count).compare_exchange_weak(before, before + more)) {
    }
    if (before + more <= bound) continue;
    if (troop != this) countDown(count, troop, more);
    return false;
  }
  return true;
}

std::size_t Troop::threads() const noexcept {
  scheduler().collectCredit();
  return threads_.load();
}

std::size_t Troop::tasks() const noexcept {
  scheduler().collectCredit();
  return tasks_.load(std::memory_order_relaxed);
}

bool Troop::isUsual(const std::string& name, Parked parked,
                    std::size_t firstBodyBytes) const noexcept {
  return name.empty() && parked == Parked::keepsStacks && firstBodyBytes != noFirstTask &&
         firstBodyBytes <= usualBodyBytes;
}

bool Troop::takeCredit() noexcept {
  CarrierCredit* const credit = creditHere();
  return credit != nullptr &&
         (credit->take(*this) || (refillCredit(*credit) && credit->take(*this)));
}

bool Troop::refillCredit(CarrierCredit& credit) noexcept {
  // Few of what there is, so that what is told of it stays right by some hundredths.
  constexpr std::size_t countMin = 4;
  constexpr std::size_t countMax = 32;
  constexpr std::size_t partOfAll = 16;
  const std::size_t count =
      std::min(threads_.load(std::memory_order_relaxed) / partOfAll, countMax);
  if (count < countMin) return false;
  const std::size_t bytes = count * bytesOfThread({}, Parked::keepsStacks, usualBodyBytes);
  if (memory_->remainingAtLeast() / 8 < bytes) return false;
  if (!countAhead(&Troop::threads_, &TroopOptions::threadsMax, count)) return false;
  if (!countAhead(&Troop::tasks_, &TroopOptions::tasksMax, count)) {
    countDown(&Troop::threads_, nullptr, count);
    return false;
  }
  if (!memory_->take(bytes)) {
    countDown(&Troop::tasks_, nullptr, count);
    countDown(&Troop::threads_, nullptr, count);
    return false;
  }
  countMembersAhead(count);
  if (credit.add(*this, static_cast<unsigned>(count))) return true;
  // Of nobody, as somebody has emptied it, or full of two kinds.
  Scheduler::collect(credit);
  addRef();
  credit.open(*this, static_cast<unsigned>(count));
  return true;
}

void Troop::countBack(const CreditCounts& counts) noexcept {
  if (counts.admitted != 0) {
    memory_->give(counts.admitted * bytesOfThread({}, Parked::keepsStacks, usualBodyBytes));
    countDown(&Troop::tasks_, nullptr, counts.admitted);
    countDown(&Troop::threads_, nullptr, counts.admitted);
  }
  Share::countBack(counts);
}

void Troop::takeMemory(std::size_t bytes) {
  while (!memory_->take(bytes)) {
    if (Expected<Charge> refused = memory_->charge(bytes); refused.failed()) {
      throw std::move(refused).error();
    }
  }
}

void* Troop::allocateCharged(std::size_t bytes) {
  if (options_.heap == Heap::own) return heap().allocate(bytes);
  takeMemory(bytes);
  try {
    return ::operator new(bytes);
  } catch (...) {
    memory_->give(bytes);
    throw;
  }
}

void Troop::freeCharged(void* memory, std::size_t bytes) noexcept {
  if (options_.heap == Heap::own) {
    // With its heap all is gone already.
    if (arena_ != nullptr) arena_->deallocate(memory, bytes);
    return;
  }
  ::operator delete(memory, bytes);
  memory_->give(bytes);
}

void Troop::endHeap() noexcept {
  std::call_once(heapEnded_, [this] { arena_.reset(); });
}

std::optional<Error> Troop::cause() const {
  const Error* cause = killCause();
  return cause != nullptr ? std::optional<Error>(*cause) : std::nullopt;
}

Ref<Thread> Troop::serviceThread(std::string name) {
  Ref<Thread> thread =
      emptyThread({std::move(name)}, Thread::Stays::untilClosed, nullptr, noFirstTask);
  thread->start();
  return thread;
}

Ref<Thread> Troop::start(ThreadOptions options, std::unique_ptr<Body> body) {
  Ref<Thread> thread = prepare(std::move(options), std::move(body), nullptr, never);
  thread->start();
  return thread;
}

Ref<Thread> Troop::prepare(ThreadOptions options, std::unique_ptr<Body> body, Scope* scope,
                           Time deadline) {
  constexpr Thread::Stays stays = Thread::Stays::whileItHasTasks;
  if (stacks_->guardsAreMarkers() && isUsual(options.name, options.parked, body->bytes()) &&
      takeCredit()) {
    return prepareOnCredit(std::move(body), scope, deadline);
  }
  if (stacks_->guardsAreMarkers() || options.parked == Parked::sharesStack) {
    Ref<Thread> thread = emptyThread(std::move(options), stays, scope, body->bytes());
    if (Expected<void> admitted = admitTask(); admitted.failed()) {
      throw std::move(admitted).error();
    }
    thread->beginWith(std::move(body), deadline);
    return thread;
  }
  Ref<Thread> thread = emptyThread(std::move(options), stays, scope, noFirstTask);
  Expected<Task*> task = thread->create(std::move(body), nullptr, deadline);
  if (task.failed()) throw std::move(task).error();
  thread->deliver(*task.value());
  return thread;
}

Ref<Thread> Troop::prepareOnCredit(std::unique_ptr<Body> body, Scope* scope, Time deadline) {
  Ref<Troop> self = Ref<Troop>::adopt(this);
  Ref<Thread> thread;
  try {
    if (const Error* cause = killCause()) throw killedError(*cause);
    constexpr Thread::Stays stays = Thread::Stays::whileItHasTasks;
    const std::size_t bodyBytes = body->bytes();
    thread = Ref<Thread>::adopt(new Thread(std::move(self), {}, stays, scope, bodyBytes));
  } catch (...) {
    addRef();
    countBack({.admitted = 1, .live = 1});
    throw;
  }
  thread->setCountedAhead();
  thread->beginWith(std::move(body), deadline);
  return thread;
}

Ref<Thread> Troop::emptyThread(ThreadOptions options, Thread::Stays stays, Scope* scope,
                               std::size_t firstBodyBytes) {
  const std::size_t bytes = bytesOfThread(options.name, options.parked, firstBodyBytes);
  if (options.parked == Parked::sharesStack) sharedStacks();
  admitThread().value();
  try {
    scheduler().prepare();
    takeMemory(bytes);
  } catch (...) {
    threadEnded();
    throw;
  }
  try {
    return Ref<Thread>::adopt(
        new Thread(Ref<Troop>::share(this), std::move(options), stays, scope, firstBodyBytes));
  } catch (...) {
    memory_->give(bytes);
    threadEnded();
    throw;
  }
}

SharedStacks& Troop::sharedStacks() {
  std::call_once(sharesStacks_, [this] {
    sharedStacks_ = std::make_unique<SharedStacks>(stacks_, scheduler().carriersWithSpares());
  });
  return *sharedStacks_;
}

std::size_t Troop::bytesOfThread(const std::string& name, Parked parked,
                                 std::size_t firstBodyBytes) const noexcept {
  std::size_t bytes = sizeof(Thread) + name.size();
  if (parked == Parked::compacted) bytes += sizeof(Compactable);
  if (parked == Parked::sharesStack) bytes += sizeof(StackTenant);
  if (firstBodyBytes == noFirstTask) return bytes;
  const bool usual = isUsual(name, parked, firstBodyBytes);
  return bytes + sizeof(FiberTask) + stacks_->stackBytes() +
         (usual ? usualBodyBytes : firstBodyBytes);
}

Expected<void> Troop::admitThread() {
  const Troop* full = countUpOrCollect(&Troop::threads_, &TroopOptions::threadsMax);
  const Error* cause = killCause();
  if (full == nullptr && cause == nullptr) return {};
  if (full == nullptr) threadEnded();
  if (cause != nullptr) return killedError(*cause);
  return fullError(full->name(), full->options_.threadsMax, "Threads");
}

Expected<void> Troop::admitTask() {
  const Troop* full = countUpOrCollect(&Troop::tasks_, &TroopOptions::tasksMax);
  if (full == nullptr) return {};
  return fullError(full->name(), full->options_.tasksMax, "Tasks");
}

Expected<void> Troop::admitHandle() {
  const Troop* full = countUp(&Troop::handles_, &TroopOptions::handlesMax);
  if (full == nullptr) return {};
  return fullError(full->name(), full->options_.handlesMax, "open handles");
}

}  // namespace troop
