// What a running Thread or guest wakes goes on when that one waits.
#include <mutex>
#include <utility>

#include "runtime/sched/share.h"
#include "runtime/sched/work-stealing.h"

namespace troop {
namespace {

// Of Threads in one slice. Far more than fit into one by the clock.
constexpr unsigned successorsMax = 65'536;
// Of Threads that leave after a few instructions: looking costs as much as going on with one.
constexpr unsigned successorsBetweenLooks = 4;

}  // namespace

bool WorkStealing::handOver(Runnable& runnable) noexcept {
  const Current* here = current();
  if (here == nullptr || here->scheduler != this || here->share == nullptr || isPinned(runnable)) {
    return false;
  }
  Carrier& carrier = *all_[here->carrier];
  // Nobody else puts anything there, so that an empty place stays empty.
  if (carrier.handedOver.load(std::memory_order_relaxed) == nullptr) {
    // Release: who takes it sees what it was woken for.
    carrier.handedOver.store(&runnable, std::memory_order_release);
  } else if (Runnable* before = carrier.handedOver.exchange(&runnable)) {
    before->takePlace();
    enqueue(*before);
  }
  // Invariant 4.
  if (sleeping_.load() > 0 && searching_.load() == 0 && !watched_.load()) wakeOneSleeper();
  return true;
}

Successor WorkStealing::takeSuccessor(const Current& here) noexcept {
  Carrier& carrier = *all_[here.carrier];
  add(carrier.slices, std::uint64_t{1});
  Carrier& home = *carrier.home;
  // Relaxed: only its own OS thread puts anything into either.
  if (carrier.handedOver.load(std::memory_order_relaxed) == nullptr &&
      home.least.load(std::memory_order_relaxed) == FairQueue::nothing) {
    return {};
  }
  // A count as well, for what happens while the clock does not get on.
  const unsigned successors = ++carrier.successors;
  const bool over = here.sliceIsOver || successors > successorsMax ||
                    (successors % successorsBetweenLooks == 0 && sliceOver(here.sliceBegan));
  if (Runnable* runnable = takeHandedOver(carrier)) {
    const bool mayGoOn = runnable->isThread_ && &runnable->share() == here.place;
    if (mayGoOn && !over) return {.runnable = runnable, .isActive = false};
    queueInItsTurn(carrier, *runnable);
  }
  if (over) return {};
  std::lock_guard lock(home.mutex);
  Runnable* runnable = home.ready.popThreadOf(*here.place);
  publish(home);
  return {.runnable = runnable, .isActive = true};
}

Runnable* WorkStealing::takeHandedOver(Carrier& carrier) noexcept {
  // Relaxed: only its own OS thread puts anything there.
  if (carrier.handedOver.load(std::memory_order_relaxed) == nullptr) return nullptr;
  return carrier.handedOver.exchange(nullptr);
}

void WorkStealing::queueInItsTurn(Carrier& carrier, Runnable& runnable) noexcept {
  runnable.takePlace();
  queueAtSliceEnd(carrier, runnable);
}

void WorkStealing::queueHandedOver(const Current& here) noexcept {
  Carrier& carrier = *all_[here.carrier];
  if (Runnable* runnable = takeHandedOver(carrier)) queueInItsTurn(carrier, *runnable);
}

void WorkStealing::watch(Carrier& carrier) noexcept {
  carrier.watchedRunnable = nullptr;
  for (const auto& other : reached()) {
    if (other.get() == &carrier) continue;
    // Relaxed: what is seen is compared with what is found there later.
    const std::uint64_t slices = other->slices.load(std::memory_order_relaxed);
    Runnable* runnable = other->handedOver.load();
    if (runnable == nullptr) continue;
    carrier.watchedCarrier = other.get();
    carrier.watchedRunnable = runnable;
    carrier.watchedSlices = slices;
    return;
  }
}

Runnable* WorkStealing::takeWatched(Carrier& carrier) noexcept {
  Runnable* runnable = std::exchange(carrier.watchedRunnable, nullptr);
  if (runnable == nullptr) return nullptr;
  Carrier& other = *all_[carrier.watchedCarrier->index];
  if (other.slices.load(std::memory_order_relaxed) != carrier.watchedSlices) return nullptr;
  if (!other.handedOver.compare_exchange_strong(runnable, nullptr)) return nullptr;
  runnable->takePlace();
  add(carrier.steals, std::uint64_t{1});
  return runnable;
}

}  // namespace troop
