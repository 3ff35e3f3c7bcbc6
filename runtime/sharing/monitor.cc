#include "runtime/sharing/monitor.h"

namespace troop {
namespace {

// Who is inside is mostly out again before a Task could have been parked.
constexpr int looksBeforeWaiting = 40;

void pauseCarrier() noexcept {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

Error deadlinePassedError() {
  return Error(ErrorKind::overloaded, "the deadline has passed", ErrorDetail::deadline,
               Executed::no);
}

}  // namespace

Expected<void> MonitorCore::enter(Time deadline) {
  Waiter& waiter = Waiter::ofCaller();
  waiter.enter();
  if (tryEnter(waiter)) return {};
  if ((word_.load(std::memory_order_relaxed) & ~awaited) == inside(waiter)) {
    throw Error(ErrorKind::failed, "a Task enters a Monitor that it is inside of",
                ErrorDetail::deadlock, Executed::no);
  }
  for (int looks = 0; looks < looksBeforeWaiting; ++looks) {
    pauseCarrier();
    if (tryEnter(waiter)) return {};
  }
  const WaitResult waited = enterSlowly(waiter, deadline, Interruption::allowed);
  if (waited == WaitResult::signalled) return {};
  waiter.conclude(waited, deadline);
  // Here where it was the deadline of the call, or where an exception is unwinding already: what a
  // destructor has to do inside is done.
  if (deadline != never) return deadlinePassedError();
  enterSlowly(waiter, never, Interruption::deferred);
  return {};
}

bool MonitorCore::tryEnter(const Waiter& waiter) noexcept {
  Word expected = free;
  // Acquire: sees what was done by who was inside before. A failed look needs no order.
  return word_.load(std::memory_order_relaxed) == free &&
         word_.compare_exchange_strong(expected, inside(waiter), std::memory_order_acquire,
                                       std::memory_order_relaxed);
}

WaitResult MonitorCore::enterSlowly(const Waiter& waiter, Time deadline,
                                    Interruption interruption) {
  std::unique_lock lock(mutex_);
  bool wasOvertaken = false;
  bool entered = takePlace(waiter);
  WaitResult waited = WaitResult::signalled;
  while (!entered && waited == WaitResult::signalled) {
    waited = entering_.wait(lock, deadline, interruption, "a place in a monitor");
    entered = takePlace(waiter);
    if (entered || wasOvertaken || waited != WaitResult::signalled) continue;
    wasOvertaken = true;
    ++overtaken_;
  }
  if (wasOvertaken) --overtaken_;
  passOn();
  return entered ? WaitResult::signalled : waited;
}

bool MonitorCore::takePlace(const Waiter& waiter) noexcept {
  Word word = word_.load(std::memory_order_relaxed);
  for (;;) {
    if ((word & ~awaited) == free || (word & ~awaited) == promised) {
      if (word_.compare_exchange_weak(word, inside(waiter), std::memory_order_acquire,
                                      std::memory_order_relaxed)) {
        return true;
      }
    } else if ((word & awaited) != 0 ||
               word_.compare_exchange_weak(word, word | awaited, std::memory_order_relaxed)) {
      // Who is inside finds the mark when it leaves, and then this lock.
      return false;
    }
  }
}

void MonitorCore::passOn() noexcept {
  if (entering_.empty()) return;
  Word word = word_.load(std::memory_order_relaxed);
  while ((word & awaited) == 0) {
    if (word == free) {
      entering_.signalOne();
      return;
    }
    if (word_.compare_exchange_weak(word, word | awaited, std::memory_order_relaxed)) return;
  }
}

void MonitorCore::leave() noexcept {
  Word expected = word_.load(std::memory_order_relaxed) & ~awaited;
  // Release: who enters next sees what was done inside.
  if (word_.compare_exchange_strong(expected, free, std::memory_order_release,
                                    std::memory_order_relaxed)) {
    return;
  }
  std::lock_guard lock(mutex_);
  givePlace();
}

void MonitorCore::givePlace() noexcept {
  if (overtaken_ != 0) {
    word_.store(promised, std::memory_order_release);
    if (entering_.signalOne()) return;
  }
  word_.store(free, std::memory_order_release);
  entering_.signalOne();
}

WaitResult MonitorCore::wait(Time deadline) {
  Waiter& waiter = Waiter::ofCaller();
  WaitResult waited;
  {
    std::unique_lock lock(mutex_);
    // Nobody signals without this lock, which is held until it is listed.
    givePlace();
    waited = waiting_.wait(lock, deadline, Interruption::allowed, "a signal in a monitor");
  }
  if (!tryEnter(waiter)) enterSlowly(waiter, never, Interruption::deferred);
  return waiter.conclude(waited, deadline);
}

void MonitorCore::signal() noexcept {
  std::lock_guard lock(mutex_);
  waiting_.signalOne();
}

void MonitorCore::broadcast() noexcept {
  std::lock_guard lock(mutex_);
  waiting_.signalAll();
}

}  // namespace troop
