#include "runtime/sharing/monitor.h"

#include "runtime/base/pause.h"
#include "runtime/sched/current.h"
#include "runtime/sched/scheduler.h"

namespace troop {
namespace {

// Who is inside is mostly out again before a Task could have been parked. Each look takes the cache
// line from who is inside, so they become rare: some microseconds together.
constexpr int pausesBetweenLooksMax = 16;

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

// A carrier that has something else to run had better do that.
bool hasTimeToLook() noexcept {
  const Current* here = current();
  return here == nullptr || !here->scheduler->othersReady();
}

}  // namespace

MonitorCore::Owner MonitorCore::enter() {
  Waiter& waiter = Waiter::ofCaller();
  waiter.giveWay();
  if (!tryEnter(waiter)) [[unlikely]] {
    // Beside whoever is inside it must not go on.
    if (!waiter.mayPark()) throw cannotWaitError();
    enterSlowly(waiter, never, Interruption::deferred);
  }
  return ownerOf(waiter);
}

Expected<MonitorCore::Owner> MonitorCore::enterBy(Time deadline) {
  Waiter& waiter = Waiter::ofCaller();
  waiter.enter();
  if (tryEnter(waiter)) return ownerOf(waiter);
  const WaitResult waited = enterSlowly(waiter, deadline, Interruption::allowed);
  switch (waiter.conclude(waited, deadline)) {
    case WaitResult::timedOut:
      return deadlinePassedError();
    case WaitResult::cancelled:
      return cancelledError();
    case WaitResult::signalled:
      break;
  }
  return ownerOf(waiter);
}

bool MonitorCore::lookAgain(Owner owner) {
  if (word_.isInside(owner)) {
    throw Error(ErrorKind::failed, "a Task enters a Monitor that it is inside of",
                ErrorDetail::deadlock, Executed::no);
  }
  if (!hasTimeToLook()) return false;
  for (int pauses = 1; pauses <= pausesBetweenLooksMax; pauses *= 2) {
    for (int i = 0; i < pauses; ++i) pauseProcessor();
    if (word_.isFree() && word_.tryEnter(owner)) return true;
  }
  return false;
}

WaitResult MonitorCore::enterSlowly(const Waiter& waiter, Time deadline,
                                    Interruption interruption) {
  std::unique_lock lock(mutex_);
  struct Settled {
    MonitorCore& core;
    Entry entry;
    ~Settled() { core.settle(entry); }
  } visit{*this, {.owner = ownerOf(waiter)}};
  WaitResult waited = WaitResult::signalled;
  while (waited == WaitResult::signalled && !takePlace(visit.entry)) {
    waited = listOf(visit.entry).wait(lock, deadline, interruption, "a place in a monitor");
    visit.entry.wasWoken = true;
  }
  return waited;
}

bool MonitorCore::takePlace(Entry& entry) noexcept {
  // Who was woken, and has not looked yet, goes first, and tells who is inside.
  if (!entry.wasWoken && woken_) return word_.tryEnter(entry.owner);
  if (entry.wasWoken) woken_ = false;
  if (word_.take(entry.owner)) return true;
  if (entry.wasWoken && ++entry.overtakings == overtakingsMax) ++starving_;
  return false;
}

void MonitorCore::settle(const Entry& entry) noexcept {
  if (entry.overtakings >= overtakingsMax) --starving_;
  if (woken_ || (entering_.empty() && overtaken_.empty())) return;
  if (!word_.announce()) wakeNext();
}

bool MonitorCore::wakeNext() noexcept {
  woken_ = overtaken_.signalOne() || entering_.signalOne();
  return woken_;
}

void MonitorCore::leaveMarked() noexcept {
  const Ref<MonitorCore> kept = tryShare();
  if (kept) {
    std::lock_guard lock(mutex_);
    givePlace();
  } else if (!word_.leaveForGood()) {
    delete this;
  }
}

void MonitorCore::givePlace() noexcept {
  if (starving_ != 0) {
    word_.givePromised();
    if (woken_ || wakeNext()) return;
  }
  word_.giveFree();
  if (!woken_) wakeNext();
}

void MonitorCore::unreferenced() noexcept {
  if (word_.orphan()) delete this;
}

Ref<MonitorCore> MonitorCore::tryShare() noexcept {
  return references_.tryAdd() ? Ref<MonitorCore>::adopt(this) : nullptr;
}

WaitResult MonitorCore::wait(Time deadline) {
  Waiter& waiter = Waiter::ofCaller();
  // What cannot wait keeps its place.
  if (!waiter.mayPark()) return waiter.conclude(WaitResult::cancelled, deadline);
  // Others may let go of it meanwhile. Where they have, there is nobody to let in, nor to signal.
  const Ref<MonitorCore> kept = tryShare();
  WaitResult waited;
  {
    struct Back {
      MonitorCore* core;
      const Waiter& waiter;
      ~Back() {
        if (core == nullptr || core->word_.tryEnter(ownerOf(waiter))) return;
        core->enterSlowly(waiter, never, Interruption::deferred);
      }
    } const back{kept.get(), waiter};
    std::unique_lock lock(mutex_);
    // Nobody signals without this lock, which is held until it is listed.
    if (kept) givePlace();
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
