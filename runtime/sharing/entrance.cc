#include "runtime/sharing/entrance.h"

#include <bit>
#include <mutex>

#include "runtime/base/check.h"
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

Entrance::Owner Entrance::enter(const char* what) {
  Waiter& waiter = Waiter::ofCaller();
  waiter.giveWay();
  if (!tryEnter(waiter)) [[unlikely]] {
    // Beside whoever is inside it must not go on.
    if (!waiter.mayPark()) throw cannotWaitError();
    const Expected<WaitResult> entered =
        enterSlowly(waiter, never, Interruption::deferred, what, deadlock::Refused::byException);
    if (entered.failed()) throw entered.error();
  }
  return ownerOf(waiter);
}

Expected<Entrance::Owner> Entrance::enterBy(Time deadline, const char* what) {
  Waiter& waiter = Waiter::ofCaller();
  waiter.enter();
  if (tryEnter(waiter)) return ownerOf(waiter);
  const Expected<WaitResult> waited =
      enterSlowly(waiter, deadline, Interruption::allowed, what, deadlock::Refused::byResult);
  if (waited.failed()) return waited.error();
  switch (waiter.conclude(waited.value(), deadline)) {
    case WaitResult::timedOut:
      return deadlinePassedError();
    case WaitResult::cancelled:
      return cancelledError();
    case WaitResult::signalled:
      break;
  }
  return ownerOf(waiter);
}

bool Entrance::lookAgain(Owner owner) {
  if (word_.isInside(owner)) {
    throw Error(ErrorKind::failed, "a Task enters what it is inside of", ErrorDetail::deadlock,
                Executed::no);
  }
  if (!hasTimeToLook()) return false;
  for (int pauses = 1; pauses <= pausesBetweenLooksMax; pauses *= 2) {
    for (int i = 0; i < pauses; ++i) pauseProcessor();
    if (word_.isFree() && word_.tryEnter(owner)) return true;
  }
  return false;
}

const Waiter* Entrance::holderOf(const void* entrance) noexcept {
  return std::bit_cast<const Waiter*>(static_cast<const Entrance*>(entrance)->word_.inside());
}

Expected<WaitResult> Entrance::enterSlowly(Waiter& waiter, Time deadline, Interruption interruption,
                                           const char* what, deadlock::Refused refused) {
  const deadlock::KnownWait known(waiter, {.text = what, .object = this, .holderOf = &holderOf},
                                  deadline, interruption, refused);
  const WaitResult waited = awaitPlace(waiter, deadline, interruption, what);
  if (const Error* deadlock = known.broken()) return *deadlock;
  return waited;
}

WaitResult Entrance::awaitPlace(Waiter& waiter, Time deadline, Interruption interruption,
                                const char* what) {
  std::unique_lock lock(mutex_);
  struct Settled {
    Entrance& entrance;
    Visit visit;
    ~Settled() { entrance.settle(visit); }
  } settled{*this, {.owner = ownerOf(waiter)}};
  WaitResult waited = WaitResult::signalled;
  while (waited == WaitResult::signalled && !takePlace(settled.visit)) {
    waited = listOf(settled.visit).wait(waiter, lock, deadline, interruption, what);
    settled.visit.wasWoken = true;
  }
  return waited;
}

bool Entrance::takePlace(Visit& visit) noexcept {
  // Who was woken, and has not looked yet, goes first, and tells who is inside.
  if (!visit.wasWoken && woken_) return word_.tryEnter(visit.owner);
  if (visit.wasWoken) woken_ = false;
  if (word_.take(visit.owner)) return true;
  if (visit.wasWoken && ++visit.overtakings == overtakingsMax) ++starving_;
  return false;
}

void Entrance::settle(const Visit& visit) noexcept {
  if (visit.overtakings >= overtakingsMax) --starving_;
  if (woken_ || (entering_.empty() && overtaken_.empty())) return;
  if (!word_.announce()) wakeNext();
}

bool Entrance::wakeNext() noexcept {
  woken_ = overtaken_.signalOne() || entering_.signalOne();
  return woken_;
}

bool Entrance::giveToWoken() noexcept {
  if (!woken_ && !wakeNext()) return false;
  if (starving_ != 0) {
    word_.givePromised();
  } else {
    word_.giveFree();
  }
  return true;
}

void Entrance::givePlace() noexcept {
  if (!giveToWoken()) word_.giveFree();
}

void Entrance::leaveMarked(Owner owner) noexcept {
  check(word_.isInside(owner), "who leaves a mutex is who has entered it");
  do {
    std::lock_guard lock(mutex_);
    // Invariant 4: who was woken waits for this lock.
    if (giveToWoken()) return;
    word_.unmark(owner);
  } while (!word_.tryLeave(owner));
}

}  // namespace troop
