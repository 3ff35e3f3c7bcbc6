#include "runtime/sched/share.h"

#include <algorithm>
#include <utility>

#include "runtime/sched/current.h"
#include "runtime/sched/fair-queue.h"

namespace troop {

namespace {

std::uint64_t nextId() noexcept {
  static std::atomic<std::uint64_t> last{0};
  return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

// At least 1, so that a troop whose slices are too short for the clock does not hold the front for
// ever.
std::uint64_t virtualCost(Duration cpu, unsigned weight) noexcept {
  const auto nanoseconds = static_cast<std::uint64_t>(cpu.count());
  return std::max<std::uint64_t>(nanoseconds * Share::defaultWeight / weight, 1);
}

// Relaxed throughout: virtual times decide about fairness, not about what is visible.
void raise(std::atomic<std::uint64_t>& time, std::uint64_t least) noexcept {
  std::uint64_t now = time.load(std::memory_order_relaxed);
  while (now < least && !time.compare_exchange_weak(now, least, std::memory_order_relaxed)) {
  }
}

}  // namespace

Share::Share(Ref<Scheduler> scheduler, unsigned weight, Ref<Share> outer)
    : id_(nextId()),
      scheduler_(std::move(scheduler)),
      outer_(std::move(outer)),
      weight_(weight),
      depth_(outer_ ? outer_->depth_ + 1 : 0),
      readyQueues_(new ReadyQueue[scheduler_->carriersMax()]) {
  if (outer_) outer_->hasInner_.store(true, std::memory_order_relaxed);
}

Share::~Share() {
  scheduler_->removeShare(*this);
}

void Share::advanceVirtualTime(Duration cpu) noexcept {
  if (hasInner_.load(std::memory_order_relaxed)) {
    ownVirtualTime_.fetch_add(virtualCost(cpu, defaultWeight), std::memory_order_relaxed);
  }
  for (Share* share = this; share != nullptr; share = share->outer()) {
    share->virtualTime_.fetch_add(virtualCost(cpu, share->weight_), std::memory_order_relaxed);
  }
}

void Share::raiseVirtualTime(std::uint64_t least) noexcept {
  raise(virtualTime_, least);
}

void Share::raiseOwnVirtualTime() noexcept {
  raise(ownVirtualTime_, servedInside_.load(std::memory_order_relaxed));
}

Share& Share::outermost() noexcept {
  Share* share = this;
  while (share->outer_) share = share->outer();
  return *share;
}

std::pair<std::uint64_t, std::uint64_t> Share::comparable(const Share& a, const Share& b) noexcept {
  const Share* ofA = &a;
  const Share* ofB = &b;
  while (ofA->depth_ > ofB->depth_) ofA = ofA->outer();
  while (ofB->depth_ > ofA->depth_) ofB = ofB->outer();
  while (ofA->outer() != ofB->outer()) {
    ofA = ofA->outer();
    ofB = ofB->outer();
  }
  return {ofA->virtualTime(), ofB->virtualTime()};
}

bool Share::becameActiveInside() noexcept {
  raiseVirtualTime(outer_->servedInside_.load(std::memory_order_relaxed));
  return outer_->becameActive();
}

void Share::servedInside(std::uint64_t lagMax) noexcept {
  if (hasInner_.load(std::memory_order_relaxed)) {
    servedInside_.store(ownVirtualTime(), std::memory_order_relaxed);
  }
  for (Share* share = this; share->outer_; share = share->outer()) {
    std::atomic<std::uint64_t>& served = share->outer_->servedInside_;
    const std::uint64_t before = served.load(std::memory_order_relaxed);
    if (before > lagMax) share->raiseVirtualTime(before - lagMax);
    served.store(share->virtualTime(), std::memory_order_relaxed);
  }
}

ReadyQueue& Share::readyQueue(unsigned index) noexcept {
  return readyQueues_[index];
}

void Share::join(Runnable& runnable) noexcept {
  countLive();
  if (!runnable.isThread_) list(runnable);
}

// Known to the scheduler before it counts here, so that nobody sees nothing live meanwhile.
void Share::countLive() noexcept {
  std::size_t live = live_.load(std::memory_order_relaxed);
  while (live > 0) {
    if (live_.compare_exchange_weak(live, live + 1, std::memory_order_relaxed)) return;
  }
  scheduler_->shareBecameLive();
  if (live_.fetch_add(1, std::memory_order_relaxed) > 0) scheduler_->shareCeasedToLive();
}

void Share::list(Runnable& runnable) noexcept {
  runnable.isListed_ = true;
  {
    std::lock_guard lock(mutex_);
    members_.pushBack(runnable);
    if (!killed()) return;
  }
  runnable.troopKilled();
}

void Share::leave(Runnable& runnable, Share* place) noexcept {
  if (runnable.isListed_) {
    std::lock_guard lock(mutex_);
    members_.remove(runnable);
  }
  if (place == this && runnable.isThread_ && leaveCredit(CreditKind::live)) return;
  if (place != nullptr) place->becameInactive();
  // Release and acquire: who sees zero sees all that the Runnables did.
  if (live_.fetch_sub(1, std::memory_order_acq_rel) == 1) scheduler_->shareCeasedToLive();
}

CarrierCredit* Share::creditHere() noexcept {
  const Current* here = current();
  return here != nullptr && here->share == this && here->place == this && here->handsOver
             ? here->credit
             : nullptr;
}

bool Share::leaveCredit(CreditKind kind) noexcept {
  CarrierCredit* const credit = creditHere();
  if (credit == nullptr) return false;
  return credit->leave(*this, kind) || leaveCreditSlowly(*credit, kind);
}

bool Share::leaveCreditSlowly(CarrierCredit& credit, CreditKind kind) noexcept {
  // Full, or there is none: what another one has collected, or of the slice before.
  Scheduler::collect(credit);
  addRef();
  credit.open(*this, 0);
  return credit.leave(*this, kind);
}

void Share::countMembersAhead(std::size_t count) noexcept {
  live_.fetch_add(count, std::memory_order_relaxed);
  active_.fetch_add(static_cast<std::uint32_t>(count), std::memory_order_relaxed);
  addRefs(count);
}

void Share::countBackUnstarted() noexcept {
  addRef();
  Share::countBack({.live = 1});
}

void Share::countBack(const CreditCounts& counts) noexcept {
  if (const auto ended = static_cast<std::uint32_t>(counts.live); ended != 0) {
    if (active_.fetch_sub(ended, std::memory_order_relaxed) == ended && outer_) {
      outer_->becameInactive();
    }
    // As in leave().
    if (live_.fetch_sub(ended, std::memory_order_acq_rel) == ended) {
      scheduler_->shareCeasedToLive();
    }
  }
  dropRefs(counts.references + 1);
}

bool Share::killMembers(Error cause) noexcept {
  Runnable* told = nullptr;
  {
    std::lock_guard lock(mutex_);
    if (killed()) return false;
    cause_.emplace(std::move(cause));
    // Release: whoever sees the flag sees the cause.
    killed_.store(true, std::memory_order_release);
    scheduler_->countCancellation();
    for (Runnable* r = members_.front(); r != nullptr; r = members_.after(*r)) {
      // Those whose last reference is gone are about to leave and need not be told.
      if (!r->tryAddRef()) continue;
      r->nextKilled_ = told;
      told = r;
    }
  }
  while (told != nullptr) {
    Runnable* next = told->nextKilled_;
    told->troopKilled();
    told->wake();
    told->dropRef();
    told = next;
  }
  return true;
}

}  // namespace troop
