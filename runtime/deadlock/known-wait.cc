#include "runtime/deadlock/known-wait.h"

#include <atomic>
#include <exception>
#include <new>

#include "runtime/deadlock/watch.h"
#include "runtime/sched/control-block.h"
#include "runtime/sched/current.h"

namespace troop::deadlock {
namespace {

constinit std::atomic<std::uint64_t> orders{0};

bool mustNotThrow(const Task* task) noexcept {
  return task != nullptr ? task->tellsByResult() : std::uncaught_exceptions() > 0;
}

}  // namespace

constinit KnownWaits::Shard KnownWaits::shards[shardsCount];

KnownWaits::Shard& KnownWaits::shardOf(const KnownWaitRecord& record) noexcept {
  // Waiters are some hundred bytes apart.
  return shards[(reinterpret_cast<std::uintptr_t>(record.waiter) >> 6) % shardsCount];
}

void KnownWaits::add(KnownWaitRecord& record) noexcept {
  Shard& shard = shardOf(record);
  std::lock_guard lock(shard.mutex);
  // Under the lock: who has seen this number before looks at this list later.
  record.order = orders.fetch_add(1) + 1;
  shard.records.pushBack(record);
}

void KnownWaits::remove(KnownWaitRecord& record) noexcept {
  Shard& shard = shardOf(record);
  std::lock_guard lock(shard.mutex);
  shard.records.remove(record);
}

const Error* KnownWaits::broken(const KnownWaitRecord& record) noexcept {
  // Who would end a wait that has ended already takes back what it wrote, under the lock.
  std::lock_guard lock(shardOf(record).mutex);
  return record.broken ? &*record.broken : nullptr;
}

std::uint64_t KnownWaits::lastOrder() noexcept {
  return orders.load();
}

KnownWait::KnownWait(Waiter& waiter, WaitedFor what, Time deadline, Interruption interruption,
                     MayBreak mayBreak) noexcept {
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
  record_->mayBreak = mustNotThrow(task) ? MayBreak::no : mayBreak;
  KnownWaits::add(*record_);
  if (task != nullptr) Watch::see(*task);
}

KnownWait::~KnownWait() {
  if (record_ != nullptr) KnownWaits::remove(*record_);
}

}  // namespace troop::deadlock
