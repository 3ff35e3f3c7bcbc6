#include "runtime/sched/shared-stack.h"

#include <mutex>
#include <new>
#include <utility>

#include "runtime/base/check.h"
#include "runtime/base/sanitizers.h"

namespace troop {

SharedStacks::SharedStacks(Ref<StackPool> pool, unsigned carriers)
    : pool_(std::move(pool)), rows_(std::make_unique<std::unique_ptr<Row>[]>(carriers)) {}

StackTenant::~StackTenant() {
  check(fiber_ == nullptr, "who lives on a shared stack has ended before it is destroyed");
}

bool StackTenant::begin(SharedStacks& stacks, Fiber& fiber, unsigned carrier) noexcept {
  if (fiber_ != nullptr) return false;
  std::unique_ptr<SharedStacks::Row>& place = stacks.rows_[carrier];
  if (place == nullptr) place.reset(new (std::nothrow) SharedStacks::Row());
  if (place == nullptr) return false;
  SharedStacks::Row& row = *place;
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

bool StackTenant::whileNobodyEnters(const std::function<void()>& look) noexcept {
  if (fiber_ != nullptr) return stack_->whileNobodyEnters(look);
  look();
  return true;
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
    if (!takeLocked(tenant)) return StackTenant::Entered::onceWoken;
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
  if (underAddressSanitizer && keepAside(resident_)) {
    resident_ = nullptr;
    stack_.forbid();
  }
  Ref<Runnable> next;
  {
    std::lock_guard lock(mutex_);
    next = freeLocked();
  }
  if (next) next->wake();
}

bool SharedStack::whileNobodyEnters(const std::function<void()>& look) noexcept {
  std::lock_guard lock(mutex_);
  if (inUse_) return false;
  look();
  return true;
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

bool SharedStack::takeLocked(StackTenant& tenant) noexcept {
  if (handedTo_ == &tenant) {
    handedTo_ = nullptr;
    return true;
  }
  // It was woken for something else and keeps its place.
  if (tenant.nextWaiting_ != nullptr) return false;
  if (!inUse_) return inUse_ = true;
  if (lastWaiting_ == nullptr) {
    tenant.nextWaiting_ = &tenant;
  } else {
    tenant.nextWaiting_ = std::exchange(lastWaiting_->nextWaiting_, &tenant);
  }
  lastWaiting_ = &tenant;
  return false;
}

Ref<Runnable> SharedStack::freeLocked() noexcept {
  inUse_ = lastWaiting_ != nullptr;
  if (!inUse_) return nullptr;
  StackTenant& first = *lastWaiting_->nextWaiting_;
  if (lastWaiting_ == &first) {
    lastWaiting_ = nullptr;
  } else {
    lastWaiting_->nextWaiting_ = first.nextWaiting_;
  }
  first.nextWaiting_ = nullptr;
  handedTo_ = &first;
  // It cannot end before it has entered, for which it needs the lock.
  return Ref<Runnable>::share(&first.runnable_);
}

}  // namespace troop
