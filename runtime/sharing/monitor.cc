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

Error cancelledError() {
  return Error(ErrorKind::failed, "cancelled", ErrorDetail::cancelled, Executed::no);
}

Error cannotWaitError() {
  return Error(ErrorKind::failed,
               "a coroutine enters a Monitor where others are with co_await async::enter()",
               ErrorDetail::none, Executed::no);
}

}  // namespace

void MonitorCore::enter() {
  Waiter& waiter = Waiter::ofCaller();
  waiter.giveWay();
  if (tryEnter(waiter)) return;
  // Beside whoever is inside it must not go on.
  if (!waiter.mayPark()) throw cannotWaitError();
  enterSlowly(waiter, never, Interruption::deferred);
}

Expected<void> MonitorCore::enterBy(Time deadline) {
  Waiter& waiter = Waiter::ofCaller();
  waiter.enter();
  if (tryEnter(waiter)) return {};
  const WaitResult waited = enterSlowly(waiter, deadline, Interruption::allowed);
  switch (waiter.conclude(waited, deadline)) {
    case WaitResult::timedOut:
      return deadlinePassedError();
    case WaitResult::cancelled:
      return cancelledError();
    case WaitResult::signalled:
      break;
  }
  return {};
}

bool MonitorCore::tryEnter(const Waiter& waiter) {
  const Owner owner = ownerOf(waiter);
  if (word_.tryEnter(owner)) return true;
  if (word_.isInside(owner)) {
    throw Error(ErrorKind::failed, "a Task enters a Monitor that it is inside of",
                ErrorDetail::deadlock, Executed::no);
  }
  for (int looks = 0; looks < looksBeforeWaiting; ++looks) {
    pauseCarrier();
    if (word_.tryEnter(owner)) return true;
  }
  return false;
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

void MonitorCore::passOn() noexcept {
  if (!entering_.empty() && !word_.announce()) entering_.signalOne();
}

void MonitorCore::leave() noexcept {
  if (word_.tryLeave()) return;
  std::lock_guard lock(mutex_);
  givePlace();
}

void MonitorCore::givePlace() noexcept {
  if (overtaken_ != 0) {
    word_.givePromised();
    if (entering_.signalOne()) return;
  }
  word_.giveFree();
  entering_.signalOne();
}

WaitResult MonitorCore::wait(Time deadline) {
  Waiter& waiter = Waiter::ofCaller();
  // What cannot wait keeps its place.
  if (!waiter.mayPark()) return waiter.conclude(WaitResult::cancelled, deadline);
  WaitResult waited;
  {
    struct Back {
      MonitorCore& core;
      const Waiter& waiter;
      ~Back() {
        if (core.word_.tryEnter(ownerOf(waiter))) return;
        core.enterSlowly(waiter, never, Interruption::deferred);
      }
    } const back{*this, waiter};
    std::unique_lock lock(mutex_);
    // Nobody signals without this lock, which is held until it is listed.
    givePlace();
    waited = waiting_.wait(lock, deadline, Interruption::allowed, "a signal in a monitor");
  }
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
