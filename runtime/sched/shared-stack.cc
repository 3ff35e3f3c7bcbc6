#include "runtime/sched/shared-stack.h"

#include <mutex>
#include <utility>

#include "runtime/base/check.h"

namespace troop {

SharedStacks::SharedStacks(Ref<StackPool> pool, unsigned carriersMax)
    : pool_(std::move(pool)), rows_(std::make_unique<Row[]>(carriersMax)) {}

StackTenant::~StackTenant() {
  check(fiber_ == nullptr, "who lives on a shared stack has ended before it is destroyed");
}

bool StackTenant::begin(SharedStacks& stacks, Fiber& fiber, unsigned carrier) noexcept {
  if (fiber_ != nullptr) return false;
  SharedStacks::Row& row = stacks.rows_[carrier];
  fiber_ = &fiber;
  for (unsigned tries = 0; tries < SharedStacks::perCarrier; ++tries) {
    stack_ = &row.stacks[row.next++ % SharedStacks::perCarrier];
    if (stack_->begin(*stacks.pool_, *this)) return true;
  }
  fiber_ = nullptr;
  return false;
}

void StackTenant::end() noexcept {
  stack_->end();
  fiber_ = nullptr;
}

StackTenant::Entered StackTenant::enter() noexcept {
  return fiber_ == nullptr ? Entered::here : stack_->enter(*this);
}

void StackTenant::leave() noexcept {
  if (fiber_ != nullptr) stack_->leave();
}

bool SharedStack::begin(StackPool& pool, StackTenant& tenant) noexcept {
  {
    std::lock_guard lock(mutex_);
    if (inUse_) return false;
    inUse_ = true;
    ++tenants_;
  }
  if (!stack_) {
    Expected<Stack> acquired = pool.acquire();
    if (acquired.succeeded()) stack_ = std::move(acquired).value();
  }
  if (!stack_ || !keepAside(resident_)) {
    moveOut();
    return false;
  }
  resident_ = &tenant;
  tenant.fiber_->takeStack(stack_.alias());
  return true;
}

void SharedStack::end() noexcept {
  resident_ = nullptr;
  moveOut();
}

StackTenant::Entered SharedStack::enter(StackTenant& tenant) noexcept {
  {
    std::lock_guard lock(mutex_);
    // Somebody else may have woken it.
    if (tenant.nextWaiting_ != nullptr) unqueueLocked(tenant);
    if (inUse_) {
      queueLocked(tenant);
      return StackTenant::Entered::onceWoken;
    }
    inUse_ = true;
  }
  if (resident_ == &tenant) return StackTenant::Entered::here;
  if (!keepAside(resident_)) {
    leave();
    return StackTenant::Entered::notYet;
  }
  resident_ = &tenant;
  tenant.fiber_->expand();
  return StackTenant::Entered::here;
}

void SharedStack::leave() noexcept {
  Ref<Runnable> next;
  {
    std::lock_guard lock(mutex_);
    next = freeLocked();
  }
  if (next) next->wake();
}

bool SharedStack::keepAside(StackTenant* resident) noexcept {
  if (resident != nullptr) {
    resident->fiber_->compact();
    if (!resident->fiber_->compacted()) return false;
  }
  stack_.forgetFrames();
  return true;
}

void SharedStack::moveOut() noexcept {
  Ref<Runnable> next;
  Stack unused;
  {
    std::lock_guard lock(mutex_);
    if (--tenants_ == 0) unused = std::move(stack_);
    next = freeLocked();
  }
  if (next) next->wake();
}

Ref<Runnable> SharedStack::freeLocked() noexcept {
  inUse_ = false;
  if (firstWaiting_ == nullptr) return nullptr;
  StackTenant& tenant = *firstWaiting_;
  unqueueLocked(tenant);
  // It cannot end before it has entered, for which it needs the lock.
  return Ref<Runnable>::share(&tenant.runnable_);
}

void SharedStack::queueLocked(StackTenant& tenant) noexcept {
  tenant.nextWaiting_ = &tenant;
  (firstWaiting_ == nullptr ? firstWaiting_ : lastWaiting_->nextWaiting_) = &tenant;
  lastWaiting_ = &tenant;
}

void SharedStack::unqueueLocked(StackTenant& tenant) noexcept {
  StackTenant* before = nullptr;
  for (StackTenant* other = firstWaiting_; other != &tenant; other = other->nextWaiting_) {
    before = other;
  }
  StackTenant* const after = lastWaiting_ == &tenant ? nullptr : tenant.nextWaiting_;
  if (before == nullptr) {
    firstWaiting_ = after;
  } else {
    before->nextWaiting_ = after != nullptr ? after : before;
  }
  if (after == nullptr) lastWaiting_ = before;
  tenant.nextWaiting_ = nullptr;
}

}  // namespace troop
