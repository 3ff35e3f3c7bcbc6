#include "runtime/sched/scheduler.h"

#include <algorithm>
#include <utility>

#include "runtime/sched/share.h"

namespace troop {

Duration Scheduler::runSlice(Runnable& runnable, Current& current) noexcept {
  using State = Runnable::State;
  const Ref<Runnable> reference = Ref<Runnable>::adopt(&runnable);
  Share& share = runnable.share();
  // Kept here: once the Runnable is parked, whoever wakes it gives it another place.
  const Ref<Share> payer = std::move(runnable.place_);
  Share& place = payer ? *payer : share;
  runnable.slices_.fetch_add(1, std::memory_order_relaxed);
  if (runnable.lastCarrier_ != current.carrier) {
    if (runnable.lastCarrier_ != Runnable::noCarrier) {
      runnable.migrations_.fetch_add(1, std::memory_order_relaxed);
    }
    runnable.lastCarrier_ = current.carrier;
  }
  // Each change of state below reads the one before, so that this slice or the next sees what
  // wakers wrote.
  runnable.state_.exchange(State::running);
  current.sliceBegan = now();
  current.share = &share;
  current.place = &place;
  const Progress progress = runnable.runSlice();
  current.share = nullptr;
  current.place = nullptr;
  const Duration elapsed = now() - current.sliceBegan;
  if (!runnable.measuresOwnCpu()) {
    // It ran at its own place, so that its virtual time grows by all of it; what others were
    // charged for already it has not used itself.
    const Duration whole = cost(elapsed);
    const Duration lent = std::min(runnable.takeCpuOnLoans(), whole);
    if (lent > Duration::zero()) share.advanceVirtualTime(lent);
    share.chargeCpu(whole - lent);
  }
  switch (progress) {
    case Progress::finished:
      runnable.state_.exchange(State::finished);
      place.becameInactive();
      share.leave(runnable);
      return elapsed;
    case Progress::parked: {
      State expected = State::running;
      if (runnable.state_.compare_exchange_strong(expected, State::parked)) {
        place.becameInactive();
        return elapsed;
      }
      break;
    }
    case Progress::ready:
      break;
  }
  // Queued before it asks for its place: what comes after that is for the next slice.
  runnable.state_.exchange(State::queued);
  runnable.takePlace();
  place.becameInactive();
  runnable.addRef();
  enqueue(runnable);
  return elapsed;
}

void Scheduler::discard(Runnable& runnable) noexcept {
  const Ref<Runnable> reference = Ref<Runnable>::adopt(&runnable);
  runnable.state_.exchange(Runnable::State::finished);
  runnable.place().becameInactive();
  runnable.share().leave(runnable);
}

void Scheduler::addShare(Share& share) {
  std::lock_guard lock(sharesMutex_);
  shares_.pushBack(share);
}

void Scheduler::removeShare(Share& share) noexcept {
  std::lock_guard lock(sharesMutex_);
  if (share.linked()) shares_.remove(share);
}

std::vector<Ref<Share>> Scheduler::shares() {
  std::vector<Ref<Share>> result;
  std::lock_guard lock(sharesMutex_);
  result.reserve(shares_.size());
  for (Share* share = shares_.front(); share != nullptr; share = shares_.after(*share)) {
    // One whose last reference is gone is about to leave the list.
    if (share->tryAddRef()) result.push_back(Ref<Share>::adopt(share));
  }
  return result;
}

void Scheduler::runnableLeft() noexcept {
  // Release and acquire: who sees zero sees all that the Runnables did.
  if (live_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  std::lock_guard lock(liveMutex_);
  noneLive_.notify_all();
}

void Scheduler::awaitNoneLive() {
  std::unique_lock lock(liveMutex_);
  noneLive_.wait(lock, [this] { return live() == 0; });
}

}  // namespace troop
