#include "runtime/deadlock/known-wait.h"

#include <new>
#include <type_traits>

#include "runtime/deadlock/watch.h"
#include "runtime/sched/control-block.h"
#include "runtime/sched/current.h"

namespace troop::deadlock {
namespace {

// Of waits in all of the OS process: OS threads wait beside Tasks of any Process.
constinit std::atomic<std::uint64_t> orders{0};

// Nothing of it is destroyed: OS threads may end after everything else.
constinit KnownWaits osThreads;
static_assert(std::is_trivially_destructible_v<KnownWaits>);

MayBreak mayBreak(const Task* task, Refused refused) noexcept {
  if (refused == Refused::byResult) return MayBreak::yes;
  // Whether an OS thread of the host may throw is not known: MustNotThrow is for Tasks.
  if (refused == Refused::never || task == nullptr) return MayBreak::no;
  const bool mayThrow = Watch::locksThrow(*task) && !task->tellsByResult();
  return mayThrow ? MayBreak::yes : MayBreak::no;
}

}  // namespace

KnownWaits& KnownWaits::ofOsThreads() noexcept {
  return osThreads;
}

KnownWaits::Shard& KnownWaits::shardOf(const KnownWaitRecord& record) noexcept {
  // Waiters are some hundred bytes apart.
  return shards_[(reinterpret_cast<std::uintptr_t>(record.waiter) >> 6) % shardsCount];
}

void KnownWaits::add(KnownWaitRecord& record) noexcept {
  Shard& shard = shardOf(record);
  std::lock_guard lock(shard.mutex);
  record.order = orders.fetch_add(1) + 1;
  // Under the lock: who has seen this number before looks at this list later.
  begun_.fetch_add(1);
  listed_.fetch_add(1);
  shard.records.pushBack(record);
}

void KnownWaits::remove(KnownWaitRecord& record) noexcept {
  Shard& shard = shardOf(record);
  std::lock_guard lock(shard.mutex);
  shard.records.remove(record);
  listed_.fetch_sub(1);
}

const Error* KnownWaits::broken(const KnownWaitRecord& record) noexcept {
  // Who would end a wait that has ended already takes back what it wrote, under the lock.
  std::lock_guard lock(shardOf(record).mutex);
  return record.broken ? &*record.broken : nullptr;
}

KnownWait::KnownWait(Waiter& waiter, WaitedFor what, Time deadline, Interruption interruption,
                     Refused refused) noexcept {
  const Current* here = current();
  Task* const task = here != nullptr ? here->task : nullptr;
  const bool endsByItself = deadline != never || (interruption == Interruption::allowed &&
                                                  task != nullptr && task->deadline() != never);
  // What it waits for, and the Scopes that it is in, may be on stacks that do not stay.
  const bool mayBeLookedAt = task == nullptr || task->stacksStay();
  if (endsByItself || !mayBeLookedAt) return;
  record_.reset(new (std::nothrow) KnownWaitRecord);
  if (record_ == nullptr) return;
  record_->waiter = &waiter;
  record_->task = task;
  record_->what = what;
  record_->since = now();
  record_->mayBreak = mayBreak(task, refused);
  waits_ = task != nullptr ? &Watch::waitsOf(*task) : &KnownWaits::ofOsThreads();
  waits_->add(*record_);
  if (task != nullptr) Watch::see(*task);
}

KnownWait::~KnownWait() {
  if (record_ != nullptr) waits_->remove(*record_);
}

}  // namespace troop::deadlock
