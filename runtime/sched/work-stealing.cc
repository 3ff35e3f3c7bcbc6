#include "runtime/sched/work-stealing.h"

#include <fmt/format.h>
#include <pthread.h>

#include <algorithm>
#include <csignal>
#include <utility>

#include "runtime/base/check.h"
#include "runtime/base/pause.h"
#include "runtime/sched/share.h"
#include "runtime/stack/overflow.h"

namespace troop {
namespace {

constexpr std::uint64_t sliceVirtual = Duration(sliceMax).count();
constexpr std::uint64_t lagMax = 50 * sliceVirtual;
constexpr std::size_t stealMax = 16;
// Of Threads in one slice.
constexpr unsigned successorsMax = 64;
// Some 20 µs: waking an OS thread costs about as much.
constexpr int searchRoundsMax = 400;
// How long what was handed over may lie where its carrier does not get on.
constexpr Duration watchInterval = sliceMax;

// For counts that one OS thread writes and others read.
template <typename T>
void add(std::atomic<T>& count, T more) noexcept {
  count.store(count.load(std::memory_order_relaxed) + more, std::memory_order_relaxed);
}

// While it exists, the calling OS thread and those it starts get no signals but those of faults and
// of profilers: a host's handlers run on the host's own threads, not on the small stack of some
// Task.
class BlockedSignals {
 public:
  BlockedSignals() noexcept {
    sigset_t all;
    sigfillset(&all);
    for (const int open : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGABRT, SIGPROF}) {
      sigdelset(&all, open);
    }
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~BlockedSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  BlockedSignals(const BlockedSignals&) = delete;
  BlockedSignals& operator=(const BlockedSignals&) = delete;

 private:
  sigset_t before_;
};

// Shown by debuggers and by top.
void nameThisThread(unsigned carrier) noexcept {
  char name[16];  // all that the kernel takes
  *fmt::format_to_n(name, sizeof(name) - 1, "carrier {}", carrier).out = '\0';
  pthread_setname_np(pthread_self(), name);
}

}  // namespace

WorkStealing::WorkStealing(unsigned carriers, const Clock& clock)
    : Scheduler(carriers), clock_(clock) {
  check(carriers > 0, "a scheduler has at least one carrier");
  for (unsigned index = 0; index < carriers; ++index) {
    all_.push_back(std::make_unique<Carrier>(index));
  }
}

WorkStealing::~WorkStealing() {
  stop();
}

void WorkStealing::start(Process* process) {
  const BlockedSignals blocked;
  for (const auto& carrier : all_) {
    carrier->osThread =
        std::thread([this, process, &carrier = *carrier] { run(carrier, process); });
  }
}

void WorkStealing::enqueue(Runnable& runnable) noexcept {
  const Current* here = current();
  const unsigned index = here != nullptr && here->scheduler == this
                             ? here->carrier
                             : nextForeign_.fetch_add(1, std::memory_order_relaxed) % carriers();
  Carrier& carrier = *all_[index];
  {
    std::unique_lock lock(carrier.mutex);
    if (stopping_.load()) {
      lock.unlock();
      discard(runnable);
      return;
    }
    carrier.ready.push(runnable);
    publish(carrier);
  }
  if (sleeping_.load() > 0 && searching_.load() == 0) wakeOneSleeper();
}

// Invariant 1. One that says the same already need not say it again: whoever counted itself in
// `sleeping_` before it was said was seen then, whoever did so later has read it.
void WorkStealing::publish(Carrier& carrier) noexcept {
  const std::uint64_t least = carrier.ready.least();
  if (carrier.least.load(std::memory_order_relaxed) != least) carrier.least.store(least);
}

bool WorkStealing::handOver(Runnable& runnable) noexcept {
  const Current* here = current();
  if (here == nullptr || here->scheduler != this || !here->handsOver ||
      here->place != &runnable.share()) {
    return false;
  }
  Carrier& carrier = *all_[here->carrier];
  // Invariant 4.
  Runnable* before = carrier.handedOver.exchange(&runnable);
  if (before != nullptr) queueHandedOver(*before);
  if (sleeping_.load() > 0 && searching_.load() == 0 && !watched_.load()) wakeOneSleeper();
  return true;
}

Scheduler::Successor WorkStealing::takeSuccessor(const Current& here) noexcept {
  Carrier& carrier = *all_[here.carrier];
  add(carrier.slices, std::uint64_t{1});
  // Relaxed: only its own OS thread puts anything into either.
  const bool handedOver = carrier.handedOver.load(std::memory_order_relaxed) != nullptr;
  if (!handedOver && carrier.least.load(std::memory_order_relaxed) == FairQueue::nothing) return {};
  // A count as well, for what happens while the clock does not get on.
  const bool over = ++carrier.successors > successorsMax || sliceOver(here.sliceBegan);
  if (handedOver) {
    if (Runnable* runnable = carrier.handedOver.exchange(nullptr)) {
      if (!over) return {.runnable = runnable, .isActive = false};
      queueHandedOver(*runnable);
    }
  }
  if (over) return {};
  std::lock_guard lock(carrier.mutex);
  Runnable* runnable = carrier.ready.popThreadOf(*here.place);
  publish(carrier);
  return {.runnable = runnable, .isActive = true};
}

void WorkStealing::queueHandedOver(Runnable& runnable) noexcept {
  runnable.takePlace();
  enqueue(runnable);
}

bool WorkStealing::othersReady() const noexcept {
  const Carrier& carrier = *all_[current()->carrier];
  // Relaxed: who looks between two Tasks looks again soon.
  return carrier.least.load(std::memory_order_relaxed) != FairQueue::nothing ||
         carrier.handedOver.load(std::memory_order_relaxed) != nullptr;
}

void WorkStealing::moveUp(Runnable& runnable, Share& payer) noexcept {
  Ref<Share> before;  // dropped after the lock
  // Idle until now: it starts no earlier than those that are being served.
  if (payer.becameActive()) becameActive(payer);
  const unsigned index = runnable.queuedOn_.load(std::memory_order_relaxed);
  if (index != Runnable::noCarrier) {
    Carrier& carrier = *all_[index];
    std::lock_guard lock(carrier.mutex);
    // Somebody may have taken it meanwhile; a thief that still carries it off leaves it its place.
    if (runnable.queuedOn_.load(std::memory_order_relaxed) == index) {
      before = Ref<Share>(runnable.place_);
      carrier.ready.moveUp(runnable, payer);
      publish(carrier);
    }
  }
  payer.becameInactive();
}

void WorkStealing::becameActive(Share& share) noexcept {
  // Relaxed throughout: virtual times decide about fairness, not about what is visible.
  std::uint64_t least = FairQueue::nothing;
  std::uint64_t most = 0;
  for (const auto& carrier : all_) {
    const std::uint64_t serves = carrier->serves.load(std::memory_order_relaxed);
    if (serves == FairQueue::nothing) continue;
    least = std::min(least, serves);
    most = std::max(most, serves);
  }
  if (least == FairQueue::nothing) least = lastServed_.load(std::memory_order_relaxed);
  if (most > lagMax) least = std::max(least, most - lagMax);
  share.outermost().raiseVirtualTime(least);
}

void WorkStealing::serve(Carrier& carrier, Share& served) noexcept {
  served.servedInside(lagMax);
  Share& share = served.outermost();
  std::uint64_t most = 0;
  for (const auto& other : all_) {
    const std::uint64_t serves = other->serves.load(std::memory_order_relaxed);
    if (serves != FairQueue::nothing) most = std::max(most, serves);
  }
  if (most > lagMax) share.raiseVirtualTime(most - lagMax);
  const std::uint64_t virtualTime = share.virtualTime();
  carrier.serves.store(virtualTime, std::memory_order_relaxed);
  lastServed_.store(virtualTime, std::memory_order_relaxed);
}

void WorkStealing::stop() noexcept {
  {
    std::lock_guard lock(sleepMutex_);
    stopping_.store(true);
    for (const auto& carrier : all_) {
      if (carrier->asleep) wakeLocked(*carrier);
    }
  }
  for (const auto& carrier : all_) {
    if (carrier->osThread.joinable()) carrier->osThread.join();
  }
  for (const auto& carrier : all_) {
    if (Runnable* runnable = carrier->handedOver.exchange(nullptr)) {
      runnable->takePlace();
      discard(*runnable);
    }
    while (Runnable* runnable = popOwn(*carrier)) discard(*runnable);
  }
  timers().dropCalls();
}

std::vector<CarrierStatistics> WorkStealing::statistics() const {
  std::vector<CarrierStatistics> result;
  for (const auto& carrier : all_) {
    // Relaxed: each figure is right by itself.
    result.push_back({
        .slices = carrier->slices.load(std::memory_order_relaxed),
        .steals = carrier->steals.load(std::memory_order_relaxed),
        .sleeps = carrier->sleeps.load(std::memory_order_relaxed),
        .busy = Duration(carrier->busyNanoseconds.load(std::memory_order_relaxed)),
    });
  }
  return result;
}

void WorkStealing::run(Carrier& carrier, Process* process) noexcept {
  nameThisThread(carrier.index);
  const AlternateSignalStack signalStack;
  Current context{.scheduler = this, .process = process, .carrier = carrier.index};
  setCurrent(&context);
  Clock::useOnThisThread(this);
  while (Runnable* runnable = next(carrier)) {
    serve(carrier, runnable->place());
    const bool isThread = runnable->isThread_;
    carrier.successors = 0;
    const Duration busy = runSlice(*runnable, context);
    if (!isThread) add(carrier.slices, std::uint64_t{1});
    add(carrier.busyNanoseconds, busy.count());
  }
  Clock::useOnThisThread(nullptr);
  setCurrent(nullptr);
}

Runnable* WorkStealing::next(Carrier& carrier) noexcept {
  while (!stopping_.load()) {
    if (const Time due = timers().next(); due != never) {
      if (const Time time = now(); due <= time) timers().run(time);
    }
    if (Runnable* runnable = take(carrier)) {
      if (carrier.searching) stopSearching(carrier);
      return runnable;
    }
    if (!carrier.searching) startSearching(carrier);
    watch(carrier);
    if (somethingComesUp(carrier)) continue;
    if (Runnable* runnable = takeWatched(carrier)) {
      stopSearching(carrier);
      return runnable;
    }
    sleep(carrier);
  }
  return nullptr;
}

Runnable* WorkStealing::take(Carrier& carrier) noexcept {
  Carrier* other = mostLagging(carrier);
  const std::uint64_t own = carrier.least.load();
  if (other != nullptr && own != FairQueue::nothing) {
    const std::uint64_t theirs = other->least.load();
    if (theirs != FairQueue::nothing && theirs + sliceVirtual < own) {
      if (Runnable* runnable = stealFrom(*other, carrier, 1)) return runnable;
    }
  }
  if (Runnable* runnable = popOwn(carrier)) return runnable;
  return other == nullptr ? nullptr : stealFrom(*other, carrier, stealMax);
}

Runnable* WorkStealing::popOwn(Carrier& carrier) noexcept {
  if (carrier.least.load() == FairQueue::nothing) return nullptr;
  std::lock_guard lock(carrier.mutex);
  Runnable* runnable = carrier.ready.pop();
  publish(carrier);
  return runnable;
}

Runnable* WorkStealing::stealFrom(Carrier& victim, Carrier& carrier, std::size_t most) noexcept {
  List<Runnable, ReadyTag> loot;
  {
    std::lock_guard lock(victim.mutex);
    victim.ready.steal(most, loot);
    publish(victim);
  }
  add(carrier.steals, std::uint64_t{loot.size()});
  Runnable* first = loot.popFront();
  if (loot.empty()) return first;
  std::lock_guard lock(carrier.mutex);
  while (Runnable* runnable = loot.popFront()) carrier.ready.push(*runnable);
  publish(carrier);
  return first;
}

WorkStealing::Carrier* WorkStealing::mostLagging(const Carrier& carrier) const noexcept {
  Carrier* found = nullptr;
  std::uint64_t least = FairQueue::nothing;
  for (const auto& other : all_) {
    if (other.get() == &carrier) continue;
    const std::uint64_t theirs = other->least.load();
    if (theirs >= least) continue;
    least = theirs;
    found = other.get();
  }
  return found;
}

void WorkStealing::watch(Carrier& carrier) noexcept {
  carrier.watchedRunnable = nullptr;
  for (const auto& other : all_) {
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

void WorkStealing::startSearching(Carrier& carrier) noexcept {
  carrier.serves.store(FairQueue::nothing, std::memory_order_relaxed);
  carrier.searching = true;
  searching_.fetch_add(1);
}

void WorkStealing::stopSearching(Carrier& carrier) noexcept {
  carrier.searching = false;
  searching_.fetch_sub(1);
  handTimersOn(carrier);
  // Invariant 3. What was queued while this one searched woke nobody.
  if (sleeping_.load() == 0) return;
  if (anythingQueued() || (!watched_.load() && anythingHandedOver())) wakeOneSleeper();
}

bool WorkStealing::somethingComesUp(Carrier& carrier) noexcept {
  // One that spins is enough: it wakes the next one when it finds something.
  const int rounds = searching_.load() > 1 ? 1 : searchRoundsMax;
  if (rounds == 1) carrier.watchedRunnable = nullptr;
  for (int round = 0; round < rounds; ++round) {
    if (anythingToDo()) return true;
    pauseProcessor();
  }
  return false;
}

void WorkStealing::sleep(Carrier& carrier) noexcept {
  std::unique_lock lock(sleepMutex_);
  carrier.searching = false;
  searching_.fetch_sub(1);
  carrier.asleep = true;
  sleeping_.fetch_add(1);
  if (keeper_ == nullptr) keeper_ = &carrier;
  // Invariant 2; once asleep, whoever has something to do wakes it.
  if (anythingToDo()) {
    wakeLocked(carrier);
    return;
  }
  add(carrier.sleeps, std::uint64_t{1});
  Time look = never;
  if (becomesWatcherLocked(carrier)) look = std::chrono::steady_clock::now() + watchInterval;
  while (carrier.asleep) {
    const Time due = std::min(look, keeper_ == &carrier ? timers().next() : never);
    if (due == never) {
      carrier.wakeUp.wait(lock);
    } else if (carrier.wakeUp.wait_until(lock, due) == std::cv_status::timeout && carrier.asleep) {
      wakeLocked(carrier);
    }
  }
  if (look != never) watched_.store(false);
}

bool WorkStealing::becomesWatcherLocked(const Carrier& carrier) noexcept {
  if (watched_.load()) return false;
  const bool watches = std::any_of(all_.begin(), all_.end(), [&](const auto& other) {
    // Relaxed: one that only begins to serve wakes somebody when it hands over.
    const bool serves = other->serves.load(std::memory_order_relaxed) != FairQueue::nothing;
    return other.get() != &carrier && (serves || other->handedOver.load() != nullptr);
  });
  if (watches) watched_.store(true);
  return watches;
}

void WorkStealing::wakeOneSleeper() noexcept {
  std::lock_guard lock(sleepMutex_);
  Carrier* keeper = nullptr;
  for (const auto& carrier : all_) {
    if (!carrier->asleep) continue;
    if (carrier.get() != keeper_) return wakeLocked(*carrier);
    keeper = carrier.get();
  }
  if (keeper != nullptr) wakeLocked(*keeper);
}

// Counts the carrier as searching on its behalf, so that nobody else is woken before it looks.
void WorkStealing::wakeLocked(Carrier& carrier) noexcept {
  carrier.asleep = false;
  carrier.searching = true;
  searching_.fetch_add(1);
  sleeping_.fetch_sub(1);
  carrier.wakeUp.notify_one();
}

// A keeper that found something to run lets a sleeper keep the timers.
void WorkStealing::handTimersOn(Carrier& carrier) noexcept {
  std::lock_guard lock(sleepMutex_);
  if (keeper_ != &carrier) return;
  keeper_ = nullptr;
  if (timers().next() != never) appointKeeperLocked();
}

void WorkStealing::timersMovedForward() noexcept {
  std::lock_guard lock(sleepMutex_);
  if (keeper_ == nullptr) return appointKeeperLocked();
  if (keeper_->asleep) keeper_->wakeUp.notify_one();
}

void WorkStealing::appointKeeperLocked() noexcept {
  for (const auto& carrier : all_) {
    if (!carrier->asleep) continue;
    keeper_ = carrier.get();
    carrier->wakeUp.notify_one();
    return;
  }
}

bool WorkStealing::anythingQueued() const noexcept {
  return std::any_of(all_.begin(), all_.end(), [](const auto& carrier) {
    return carrier->least.load() != FairQueue::nothing;
  });
}

bool WorkStealing::anythingHandedOver() const noexcept {
  return std::any_of(all_.begin(), all_.end(),
                     [](const auto& carrier) { return carrier->handedOver.load() != nullptr; });
}

bool WorkStealing::anythingToDo() noexcept {
  if (anythingQueued() || stopping_.load()) return true;
  const Time due = timers().next();
  return due != never && due <= now();
}

}  // namespace troop
