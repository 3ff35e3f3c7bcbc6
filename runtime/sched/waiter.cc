#include "runtime/sched/waiter.h"

#include <condition_variable>

#include "runtime/base/check.h"
#include "runtime/sched/current.h"

namespace troop {
namespace {

// An OS thread of the host, blocked while it waits. It is never cancelled.
class OsThreadWaiter final : public Waiter {
 public:
  WaitResult park(Time deadline, Interruption) override {
    std::unique_lock lock(mutex_);
    while (!woken_) {
      if (deadline == never) {
        wakeUp_.wait(lock);
      } else if (wakeUp_.wait_until(lock, deadline) == std::cv_status::timeout) {
        if (resolve(ticket(), WaitResult::timedOut)) return result();
        deadline = never;  // whoever has ended the wait is about to wake it
      }
    }
    woken_ = false;
    return result();
  }

  WaitResult conclude(WaitResult result, Time) override { return result; }
  void enter() override {}
  void giveWay() noexcept override {}

 private:
  void unpark() noexcept override {
    // The lock keeps the notification from falling between the waiter's look and its sleep.
    std::lock_guard lock(mutex_);
    woken_ = true;
    wakeUp_.notify_one();
  }

  std::mutex mutex_;
  bool woken_ = false;  // since it parked last; protected by mutex_
  std::condition_variable wakeUp_;
};

[[gnu::noinline]] Waiter& waiterOfThisThread() noexcept {
  asm volatile("" ::: "memory");
  static thread_local OsThreadWaiter waiter;
  return waiter;
}

}  // namespace

Waiter& Waiter::ofCaller() noexcept {
  const Current* here = current();
  if (here == nullptr) return waiterOfThisThread();
  check(here->waiter != nullptr, "what a carrier runs outside of Tasks does not wait");
  return *here->waiter;
}

bool Waiter::signal(Ticket ticket, WaitResult result) noexcept {
  if (!resolve(ticket, result)) return false;
  unpark();
  return true;
}

void WaitList::add(WaitNode& node, Waiter& waiter) noexcept {
  node.waiter_ = &waiter;
  waiters_.pushBack(node);
}

void WaitList::remove(WaitNode& node) noexcept {
  if (node.linked()) waiters_.remove(node);
}

Waiter* WaitList::take(WaitNode& node) noexcept {
  waiters_.remove(node);
  Waiter& waiter = *node.waiter_;
  if (!waiter.resolve(waiter.ticket(), WaitResult::signalled)) return nullptr;
  // Under the lock, which who waits takes before it looks and before the node is gone.
  node.waiter_ = nullptr;
  return &waiter;
}

bool WaitList::signalOne() noexcept {
  while (WaitNode* node = waiters_.front()) {
    if (Waiter* waiter = take(*node)) {
      waiter->unpark();
      return true;
    }
  }
  return false;
}

Waiter* WaitList::holdLast() noexcept {
  while (WaitNode* node = waiters_.back()) {
    if (Waiter* waiter = take(*node)) return waiter;
  }
  return nullptr;
}

void WaitList::letGo(Waiter& held) noexcept {
  held.unpark();
}

void WaitList::signalAll() noexcept {
  while (signalOne()) {
  }
}

}  // namespace troop
