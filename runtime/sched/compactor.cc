#include "runtime/sched/compactor.h"

#include <algorithm>
#include <utility>

namespace troop {
namespace {

constexpr Duration betweenVisits = 1ms;

}  // namespace

Compactor::Compactor(Scheduler& scheduler, Duration parkedMin) noexcept
    : scheduler_(scheduler), parkedMin_(parkedMin) {}

void Compactor::join(Compactable& thread) noexcept {
  {
    std::lock_guard lock(mutex_);
    ring_.pushBack(thread);
  }
  arm();
}

void Compactor::leave(Compactable& thread) noexcept {
  std::lock_guard lock(mutex_);
  if (thread.linked()) ring_.remove(thread);
}

void Compactor::runsAgain(Compactable& thread) noexcept {
  if (!thread.settled_.load() || !thread.settled_.exchange(false)) return;
  arm();
}

void Compactor::arm() noexcept {
  {
    std::lock_guard lock(mutex_);
    sweepAgain_ = true;
    if (armed_) return;
    armed_ = true;
    leftInSweep_ = 0;
  }
  callIn(parkedMin_);
}

void Compactor::callIn(Duration pause) noexcept {
  try {
    scheduler_.timers().call(scheduler_.now() + pause, [this] { visitSome(); });
  } catch (...) {
    std::lock_guard lock(mutex_);
    armed_ = false;
  }
}

void Compactor::visitSome() noexcept {
  Compactable* asked;
  {
    std::lock_guard lock(mutex_);
    if (leftInSweep_ == 0) {
      leftInSweep_ = ring_.size();
      sweepAgain_ = false;
    }
    asked = visitLocked();
  }
  while (asked != nullptr) {
    Compactable& thread = *asked;
    asked = thread.nextAsked_;
    const Ref<Runnable> reference = Ref<Runnable>::adopt(&thread.runnable_);
    thread.asked_.store(true);
    thread.runnable_.wake();
  }
  Duration pause;
  {
    std::lock_guard lock(mutex_);
    pause = pauseLocked();
    armed_ = pause != forever;
  }
  if (pause != forever) callIn(pause);
}

Compactable* Compactor::visitLocked() noexcept {
  Compactable* asked = nullptr;
  leftInSweep_ = std::min(leftInSweep_, ring_.size());
  for (std::size_t visits = std::min(leftInSweep_, visitsMax); visits > 0; --visits) {
    Compactable& thread = *ring_.popFront();
    ring_.pushBack(thread);
    --leftInSweep_;
    if (thread.settled_.load()) continue;
    const std::uint64_t slices = thread.runnable_.slices();
    if (std::exchange(thread.slicesSeen_, slices) != slices) {
      sweepAgain_ = true;
      continue;
    }
    // One whose last reference is gone is about to leave.
    if (!thread.runnable_.tryAddRef()) continue;
    // Before it is woken, so that news which come after that count.
    thread.settled_.store(true);
    thread.nextAsked_ = asked;
    asked = &thread;
  }
  return asked;
}

Duration Compactor::pauseLocked() noexcept {
  if (leftInSweep_ > 0) return betweenVisits;
  return sweepAgain_ ? parkedMin_ : forever;
}

}  // namespace troop
