#include "runtime/sched/share.h"

#include <utility>

#include "runtime/sched/fair-queue.h"

namespace troop {

namespace {

std::uint64_t nextId() noexcept {
  static std::atomic<std::uint64_t> last{0};
  return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

}  // namespace

Share::Share(Ref<Scheduler> scheduler, unsigned weight)
    : id_(nextId()),
      scheduler_(std::move(scheduler)),
      weight_(weight),
      readyQueues_(new ReadyQueue[scheduler_->carriers()]) {}

Share::~Share() {
  scheduler_->removeShare(*this);
}

void Share::advanceVirtualTime(Duration cpu) noexcept {
  const auto nanoseconds = static_cast<std::uint64_t>(cpu.count());
  // At least 1, so that a troop whose slices are too short for the clock does not hold the front
  // for ever.
  const std::uint64_t advance = nanoseconds * defaultWeight / weight_;
  virtualTime_.fetch_add(advance == 0 ? 1 : advance, std::memory_order_relaxed);
}

void Share::raiseVirtualTime(std::uint64_t least) noexcept {
  std::uint64_t now = virtualTime_.load(std::memory_order_relaxed);
  while (now < least &&
         !virtualTime_.compare_exchange_weak(now, least, std::memory_order_relaxed)) {
  }
}

ReadyQueue& Share::readyQueue(unsigned index) noexcept {
  return readyQueues_[index];
}

void Share::join(Runnable& runnable) noexcept {
  scheduler_->runnableJoined();
  {
    std::lock_guard lock(mutex_);
    members_.pushBack(runnable);
    if (!killed()) return;
  }
  runnable.troopKilled();
}

void Share::leave(Runnable& runnable) noexcept {
  {
    std::lock_guard lock(mutex_);
    members_.remove(runnable);
  }
  scheduler_->runnableLeft();
}

bool Share::killMembers(Error cause) noexcept {
  Runnable* told = nullptr;
  {
    std::lock_guard lock(mutex_);
    if (killed()) return false;
    cause_.emplace(std::move(cause));
    // Release: whoever sees the flag sees the cause.
    killed_.store(true, std::memory_order_release);
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
