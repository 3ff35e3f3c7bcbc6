#include "runtime/sched/waiter.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "runtime/base/check.h"
#include "runtime/base/pause.h"
#include "runtime/sched/current.h"

namespace troop {
namespace {

// Some 20 µs, as long as a carrier looks before it sleeps: waking an OS thread costs about as much.
constexpr unsigned looksMax = 400;
constexpr unsigned looksMin = 20;

// An OS thread of the host, blocked while it waits. It is never cancelled.
class OsThreadWaiter final : public Waiter {
 public:
  WaitResult park(Time deadline, Interruption) override {
    lookForAWhile();
    std::unique_lock lock(mutex_);
    while (!woken_.load(std::memory_order_relaxed)) {
      if (deadline == never) {
        wakeUp_.wait(lock);
      } else if (wakeUp_.wait_until(lock, deadline) == std::cv_status::timeout) {
        if (resolve(ticket(), WaitResult::timedOut)) return result();
        deadline = never;  // whoever has ended the wait is about to wake it
      }
    }
    woken_.store(false, std::memory_order_relaxed);
    return result();
  }

  WaitResult conclude(WaitResult result, Time) override { return result; }
  void enter() override {}
  void giveWay() noexcept override {}

 private:
  void unpark() noexcept override {
    // The lock keeps the notification from falling between the waiter's look and its sleep.
    std::lock_guard lock(mutex_);
    woken_.store(true, std::memory_order_relaxed);
    wakeUp_.notify_one();
  }

  // For less long the more often that was in vain; what comes of it is seen under the lock.
  void lookForAWhile() noexcept {
    static const bool otherCpus = std::thread::hardware_concurrency() > 1;
    if (!otherCpus) return;
    for (unsigned look = 0; look < looks_; ++look) {
      if (woken_.load(std::memory_order_relaxed)) {
        looks_ = std::min(2 * looks_, looksMax);
        return;
      }
      pauseProcessor();
    }
    looks_ = std::max(looks_ / 2, looksMin);
  }

  std::mutex mutex_;
  std::atomic<bool> woken_{false};  // since it parked last; changed under mutex_
  std::condition_variable wakeUp_;
  unsigned looks_ = looksMax;
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
