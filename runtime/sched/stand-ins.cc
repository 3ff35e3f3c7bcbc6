#include "runtime/sched/stand-ins.h"

#include <algorithm>
#include <mutex>
#include <new>
#include <optional>
#include <utility>

#include "runtime/machine/os-thread.h"
#include "runtime/sched/current.h"

namespace troop {
namespace {

// Waking an OS thread and going on there later costs some ten microseconds.
constexpr Duration worthReplacing = 20us;
// How often the watchdog looks while something blocks and is not replaced.
constexpr Duration blockingInterval = 50us;
// And how seldom otherwise.
constexpr Duration intervalMax = 10ms;
// After so many looks at nothing the watchdog sleeps until it is woken.
constexpr unsigned quietLooksMax = 10;
// Whose OS thread has computed for all but the eighth part of the time is not asked whether it
// sleeps, which takes twenty times as long.
constexpr int mostOf = 8;
// After so many looks in a row at which some did not compute, and none slept that was to be
// replaced, as where others keep carriers from their CPUs, only one in so many asks.
constexpr unsigned inVainMax = 16;
// How often a host is told of a slice until that is said to be known, and how long between.
constexpr unsigned triesMax = 10;
constexpr Duration triesInterval = 10ms;

}  // namespace

StandIns::StandIns(WorkStealing& scheduler, Options options)
    : scheduler_(scheduler),
      options_(std::move(options)),
      watches_(options_.sparesMax > 0 || options_.tell),
      count_(scheduler.carriers()),
      seen_(watches_ ? scheduler.carriersMax() + options_.sparesMax : 0),
      computed_(seen_.size()),
      untold_(options_.tell ? seen_.size() : 0),
      pause_(blockingInterval),
      watchdog_([this] { return look(); }),
      teller_([this] { return tell(); }) {}

void StandIns::setCount(unsigned count) noexcept {
  WorkStealing& s = scheduler_;
  std::lock_guard lock(s.sleepMutex_);
  const unsigned before = s.carriers();
  count_ = std::max(count_, count);
  updateReachedLocked();
  s.setCarriers(count);
  for (const auto& carrier : s.reached()) {
    if (carrier->isSpare) continue;
    const bool wasOne = carrier->index < before;
    const bool isOne = carrier->index < count;
    if (wasOne && !isOne) dismissLocked(*carrier);
    // Another try for those that the kernel refused.
    if (carrier->state == State::refused) {
      carrier->state = State::absent;
      if (isOne) s.sleeping_.fetch_add(1);
    } else if (carrier->state == State::absent && wasOne != isOne) {
      if (isOne) {
        s.sleeping_.fetch_add(1);
      } else {
        s.sleeping_.fetch_sub(1);
        handQueueOver(*carrier);
      }
    } else if (carrier->state == State::asleep && !isOne) {
      s.wakeLocked(*carrier);
    }
  }
  s.offerQueuedLocked();
}

bool StandIns::retire(Carrier& carrier) noexcept {
  WorkStealing& s = scheduler_;
  // Most of it without keeping everybody else from sleeping and waking.
  handQueueOver(carrier);
  std::lock_guard lock(s.sleepMutex_);
  if (!s.isTooMany(carrier)) {
    // What was handed over already.
    s.offerQueuedLocked();
    return false;
  }
  handQueueOver(carrier);
  dismissLocked(carrier);
  if (carrier.isSpare) {
    s.sparesTooMany_.fetch_sub(1);
    atWork_.fetch_sub(1);
    carrier.state = State::resting;
  } else {
    carrier.state = State::absent;
    s.present_.fetch_sub(1);
  }
  carrier.serves.store(FairQueue::nothing, std::memory_order_relaxed);
  if (carrier.searching) {
    carrier.searching = false;
    s.searching_.fetch_sub(1);
  }
  if (s.keeper_ == &carrier) {
    s.keeper_ = nullptr;
    if (s.keeperNeeded()) s.appointKeeperLocked();
  }
  s.offerQueuedLocked();
  return true;
}

void StandIns::handQueueOver(Carrier& carrier) noexcept {
  if (carrier.isSpare) return;
  while (Runnable* runnable = scheduler_.popOwn(carrier)) {
    if (!scheduler_.push(scheduler_.nextForeign(), *runnable)) {
      scheduler_.push(*scheduler_.all_[0], *runnable);
    }
  }
}

void StandIns::stop() noexcept {
  watchdog_.stop();
  teller_.stop();
  const std::lock_guard lock(scheduler_.sleepMutex_);
  for (const auto& carrier : scheduler_.known()) carrier->called.notify_one();
}

void StandIns::beginBlocking(Carrier& carrier) noexcept {
  if (options_.sparesMax == 0) return;
  carrier.blockingSince = scheduler_.sliceTime();
  // Relaxed: the watchdog sees it in time.
  carrier.blocking.store(carrier.slices.load(std::memory_order_relaxed) + 1,
                         std::memory_order_relaxed);
  // Relaxed, here and below: a guess.
  const Duration usually = carrier.blockingUsually.load(std::memory_order_relaxed);
  if (usually < worthReplacing || carrier.replaced.load()) return;
  if (atWork_.load() == options_.sparesMax || !nobodyIsFree() || !somethingWaits()) return;
  const std::lock_guard lock(scheduler_.sleepMutex_);
  replaceLocked(carrier);
}

bool StandIns::endBlocking(Carrier& carrier, Current& here) noexcept {
  if (options_.sparesMax == 0) return false;
  const bool replaced = carrier.replaced.load();
  // What waited meanwhile may be elsewhere, or in another slice.
  if (carrier.blocking.load(std::memory_order_relaxed) !=
      carrier.slices.load(std::memory_order_relaxed) + 1) {
    return replaced;
  }
  carrier.blocking.store(0, std::memory_order_relaxed);
  const Duration took = std::max(scheduler_.sliceTime() - carrier.blockingSince, Duration::zero());
  const Duration usually = carrier.blockingUsually.load(std::memory_order_relaxed);
  carrier.blockingUsually.store((3 * usually + took) / 4, std::memory_order_relaxed);
  // Its troop had no carrier meanwhile.
  if (replaced) here.blocked += took;
  return replaced;
}

bool StandIns::replaceLocked(Carrier& stuck) noexcept {
  WorkStealing& s = scheduler_;
  if (s.stopping_.load() || stuck.replaced.load()) return false;
  if (s.sparesTooMany_.load() > 0) {
    // One that was to end stays.
    s.sparesTooMany_.fetch_sub(1);
  } else {
    Carrier* spare = freeSpareLocked();
    if (spare == nullptr) return false;
    spare->home = stuck.home;
    spare->blockingUsually.store(stuck.blockingUsually.load(std::memory_order_relaxed),
                                 std::memory_order_relaxed);
    if (!startLocked(*spare)) return false;
    atWork_.fetch_add(1);
  }
  stuck.replaced.store(true);
  stuck.timesReplaced.fetch_add(1, std::memory_order_relaxed);
  return true;
}

Carrier* StandIns::freeSpareLocked() noexcept {
  WorkStealing& s = scheduler_;
  const unsigned first = s.carriersMax();
  Carrier* absent = nullptr;
  for (unsigned index = first; index < first + made_; ++index) {
    Carrier& spare = *s.all_[index];
    if (spare.state == State::resting) return &spare;
    if (spare.state == State::absent && absent == nullptr) absent = &spare;
  }
  if (absent != nullptr || made_ == options_.sparesMax) return absent;
  s.all_[first + made_].reset(new (std::nothrow) Carrier(s, first + made_, first));
  if (s.all_[first + made_] == nullptr) return nullptr;
  ++made_;
  s.known_.store(first + made_);
  return s.all_[first + made_ - 1].get();
}

// Counts it as searching, as who wakes a carrier does.
bool StandIns::startLocked(Carrier& spare) noexcept {
  WorkStealing& s = scheduler_;
  const bool rests = spare.state == State::resting;
  spare.state = State::awake;
  spare.searching = true;
  s.searching_.fetch_add(1);
  s.sparesWaking_.fetch_add(1);
  updateReachedLocked();
  if (rests) {
    spare.called.notify_one();
    return true;
  }
  spare.osThread.join();  // of what has ended here
  if (s.startOsThread(spare) == 0) return true;
  spare.state = State::absent;
  spare.searching = false;
  s.searching_.fetch_sub(1);
  s.sparesWaking_.fetch_sub(1);
  updateReachedLocked();
  return false;
}

void StandIns::updateReachedLocked() noexcept {
  WorkStealing& s = scheduler_;
  unsigned reached = s.carriersMax() + made_;
  while (reached > s.carriersMax() && s.all_[reached - 1]->state == State::absent) --reached;
  if (reached == s.carriersMax()) reached = count_;
  s.reached_.store(reached);
  if (s.known_.load() < reached) s.known_.store(reached);
}

void StandIns::comeBack(Carrier& carrier) noexcept {
  const std::lock_guard lock(scheduler_.sleepMutex_);
  dismissLocked(carrier);
}

void StandIns::dismissLocked(Carrier& carrier) noexcept {
  if (!carrier.replaced.load()) return;
  carrier.replaced.store(false);
  scheduler_.sparesTooMany_.fetch_add(1);
  if (carrier.isSpare) return;  // it goes itself, or who is faster
  for (unsigned i = 0; i < made_; ++i) {
    Carrier& spare = *scheduler_.all_[scheduler_.carriersMax() + i];
    if (spare.state != State::asleep || spare.pinnedHere > 0) continue;
    scheduler_.wakeLocked(spare);
    return;
  }
}

bool StandIns::rest(Carrier& carrier) noexcept {
  if (!carrier.isSpare) return false;
  std::unique_lock lock(scheduler_.sleepMutex_);
  const Time until = std::chrono::steady_clock::now() + options_.restMax;
  while (carrier.state == State::resting && !scheduler_.stopping_.load()) {
    if (carrier.called.wait_until(lock, until) == std::cv_status::timeout) break;
  }
  if (carrier.state != State::awake) {
    carrier.state = State::absent;
    updateReachedLocked();
    return false;
  }
  // Then it may be one that is at work, and was not woken.
  if (scheduler_.stopping_.load()) return false;
  scheduler_.sparesWaking_.fetch_sub(1);
  return true;
}

Duration StandIns::look() noexcept {
  const Time now = std::chrono::steady_clock::now();
  const bool isNeeded = nobodyIsFree() && somethingWaits();
  const Asks asks = inVain_ < inVainMax || inVain_ % inVainMax == 0 ? Asks::all : Asks::clocks;
  bool blocks = false, sleeps = false, maySleep = false;
  for (const auto& carrier : scheduler_.reached()) {
    Stuck stuck = lookAt(*carrier, now);
    if (isNeeded && stuck == Stuck::notForLong) {
      stuck = askTheKernel(*carrier, now, asks);
      if (stuck == Stuck::blocksForLong) sleeps = true;
      if (stuck != Stuck::computes) maySleep = true;
    }
    if (stuck == Stuck::blocks) blocks = true;
    if (isNeeded && (stuck == Stuck::forLong || stuck == Stuck::blocksForLong)) {
      // Where one blocks others will.
      if (replaceIfStuck(*carrier)) blocks = true;
    }
    if (stuck == Stuck::forLong) tellOf(*carrier, now);
  }
  const Duration pauseMax = std::min(options_.stuckAfter, Duration(intervalMax));
  if (maySleep) inVain_ = sleeps ? 0 : inVain_ + 1;
  pause_ = blocks ? blockingInterval : std::min(2 * pause_, pauseMax);
  const unsigned sleeping = scheduler_.sleeping_.load();
  if (sleeping == 0 || (options_.tell && sleeping < scheduler_.carriers() + atWork_.load())) {
    // Whoever wakes the last one that sleeps wakes the watchdog.
    quietLooks_ = 0;
  } else if (pause_ == pauseMax && ++quietLooks_ > quietLooksMax) {
    // It is asked once more, and then sleeps.
    if (quietLooks_ > quietLooksMax + 1) quietLooks_ = 0;
    return forever;
  }
  return pause_;
}

StandIns::Stuck StandIns::lookAt(const Carrier& carrier, Time now) noexcept {
  Seen& seen = seen_[carrier.index];
  if (carrier.serves.load() == FairQueue::nothing) {
    seen.since = never;
    return Stuck::idle;
  }
  // Each slice of a Thread counts, also where others follow it.
  const std::uint64_t slices = carrier.slices.load();
  if (seen.since == never || seen.slices != slices) seen = {.slices = slices, .since = now};
  const Duration lasted = now - seen.since;
  if (carrier.blocking.load() == slices + 1) {
    if (carrier.replaced.load()) return Stuck::notForLong;
    return lasted >= blockingInterval ? Stuck::blocksForLong : Stuck::blocks;
  }
  return lasted >= options_.stuckAfter ? Stuck::forLong : Stuck::notForLong;
}

StandIns::Stuck StandIns::askTheKernel(const Carrier& carrier, Time now, Asks asks) noexcept {
  if (carrier.replaced.load() || atWork_.load() == options_.sparesMax) return Stuck::computes;
  Seen& seen = seen_[carrier.index];
  const std::uint64_t inThisSlice = seen.slices + 1;
  const Duration before = computed_[carrier.index].cpu;
  if (computesMostly(carrier, now)) {
    seen.asleep = 0;
    return Stuck::computes;
  }
  if (asks == Asks::clocks || !isAsleep(carrier.osThreadId.load())) {
    seen.asleep = 0;
    return Stuck::notForLong;
  }
  // It slept all the time since the last look.
  const bool slept = seen.asleep == inThisSlice && computed_[carrier.index].cpu == before;
  seen.asleep = inThisSlice;
  return slept ? Stuck::blocksForLong : Stuck::blocks;
}

bool StandIns::computesMostly(const Carrier& carrier, Time now) noexcept {
  const std::optional<Duration> cpu = cpuTimeOf(carrier.osThreadId.load());
  if (!cpu) return true;
  const Computed before = std::exchange(computed_[carrier.index], {.cpu = *cpu, .at = now});
  return before.at != never && (*cpu - before.cpu) * mostOf >= (now - before.at) * (mostOf - 1);
}

void StandIns::tellOf(Carrier& carrier, Time now) noexcept {
  Seen& seen = seen_[carrier.index];
  if (!std::exchange(seen.isCounted, true)) carrier.stalls.fetch_add(1, std::memory_order_relaxed);
  if (!options_.tell || seen.isTold) return;
  Untold& untold = untold_[carrier.index];
  if (untold.waits.load()) return;
  untold.carrier = &carrier;
  untold.slices = seen.slices;
  untold.lasted = now - seen.since;
  untold.replaced = carrier.replaced.load();
  untold.tries = 0;
  untold.waits.store(true);
  seen.isTold = true;
  teller_.wake();
}

Duration StandIns::tell() noexcept {
  bool again = false;
  for (Untold& untold : untold_) {
    if (!untold.waits.load()) continue;
    if (tellOnce(untold)) {
      untold.waits.store(false);
    } else {
      again = true;
    }
  }
  return again ? triesInterval : forever;
}

bool StandIns::tellOnce(Untold& untold) noexcept {
  const Carrier& carrier = *untold.carrier;
  const bool isLastTry = ++untold.tries == triesMax;
  return options_.tell({.lasted = untold.lasted,
                        .replaced = untold.replaced,
                        .osThread = carrier.osThreadId.load(),
                        .isLastTry = isLastTry,
                        .goesOn = [&] { return carrier.slices.load() == untold.slices; }}) ||
         isLastTry;
}

bool StandIns::replaceIfStuck(Carrier& carrier) noexcept {
  const std::lock_guard lock(scheduler_.sleepMutex_);
  if (carrier.serves.load() == FairQueue::nothing) return false;
  // Where it gets on at this moment it is back after its next slice.
  return carrier.slices.load() == seen_[carrier.index].slices && replaceLocked(carrier);
}

bool StandIns::nobodyIsFree() const noexcept {
  // Spares that have not begun count as searching, and each has a place of its own to take.
  return scheduler_.sleeping_.load() == 0 &&
         scheduler_.searching_.load() <= scheduler_.sparesWaking_.load();
}

bool StandIns::somethingWaits() const noexcept {
  // What has come from outside is queued by that.
  if (Outside* world = scheduler_.outside()) world->look();
  if (scheduler_.anythingQueued()) return true;
  for (const auto& carrier : scheduler_.reached()) {
    if (carrier->handedOver.load() != nullptr) return true;
  }
  const Time due = scheduler_.timers().next();
  return due != never && due <= scheduler_.now();
}

}  // namespace troop
