#include "runtime/sched/work-stealing.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "runtime/base/check.h"
#include "runtime/base/pause.h"
#include "runtime/error.h"
#include "runtime/sched/share.h"
#include "runtime/sched/stand-ins.h"
#include "runtime/stack/overflow.h"
#include "runtime/stack/running-stack.h"

namespace troop {
namespace {

constexpr std::uint64_t sliceVirtual = Duration(sliceMax).count();
constexpr std::uint64_t lagMax = 50 * sliceVirtual;
constexpr std::size_t stealMax = 16;
// Some 20 µs: waking an OS thread costs about as much.
constexpr int searchRoundsMax = 400;
// How long what was handed over may lie where its carrier does not get on.
constexpr Duration watchInterval = sliceMax;

}  // namespace

WorkStealing::WorkStealing(unsigned carriers, const Clock& clock, unsigned carriersMax,
                           std::filesystem::path root, StandInOptions standIns)
    : Scheduler(carriers, std::max(carriers, carriersMax), standIns.sparesMax),
      clock_(clock),
      supply_(clock, {carriers, this->carriersMax(), std::move(root)},
              [this](unsigned count) { standIns_->setCount(count); }),
      all_(this->carriersMax() + standIns.sparesMax),
      reached_(carriers),
      known_(carriers),
      sleeping_(carriers),
      standIns_(std::make_unique<StandIns>(*this, standIns)) {
  check(carriers > 0, "a scheduler has at least one carrier");
  CarrierThread::giveSignalsBackInForks();
  for (unsigned index = 0; index < this->carriersMax(); ++index) {
    all_[index] = std::make_unique<Carrier>(*this, index, this->carriersMax());
  }
}

WorkStealing::~WorkStealing() {
  stop();
}

void WorkStealing::enqueue(Runnable& runnable) noexcept {
  if (isPinned(runnable)) return queuePinned(runnable);
  const Current* here = current();
  const bool isOfCarrier = here != nullptr && here->scheduler == this;
  Carrier& carrier = isOfCarrier ? *all_[here->carrier] : nextForeign();
  // What is settled; not what timers call, which may take long.
  if (isOfCarrier && here->share == nullptr && here->runnable != nullptr) {
    return queueAtSliceEnd(carrier, runnable);
  }
  // The first one is never too many.
  if (!push(carrier, runnable)) push(*all_[0], runnable);
  wakeForQueued();
}

void WorkStealing::queueAtSliceEnd(Carrier& carrier, Runnable& runnable) noexcept {
  if (push(carrier, runnable)) return;
  push(*all_[0], runnable);
  wakeForQueued();
}

void WorkStealing::queuePinned(Runnable& runnable) noexcept {
  const unsigned index = carrierOf(runnable);
  Carrier& carrier = *all_[index];
  if (!carrier.pinned.push(runnable, stopping_)) return discard(runnable);
  // Invariant 5. Its own OS thread looks there next.
  if (const Current* here = current(); here != nullptr && here->scheduler == this) {
    if (here->carrier == index) return;
  }
  if (sleeping_.load() == 0) return;
  std::lock_guard lock(sleepMutex_);
  if (carrier.state == State::asleep) wakeLocked(carrier);
}

void WorkStealing::beginBlocking(Current& here) noexcept {
  standIns_->beginBlocking(*all_[here.carrier]);
}

bool WorkStealing::endBlocking(Current& here) noexcept {
  return standIns_->endBlocking(*all_[here.carrier], here);
}

Carrier& WorkStealing::nextForeign() noexcept {
  // Relaxed: any will do, those with an OS thread do better.
  const unsigned present = std::max(1U, present_.load(std::memory_order_relaxed));
  return *all_[foreign_.fetch_add(1, std::memory_order_relaxed) % present];
}

bool WorkStealing::push(Carrier& pusher, Runnable& runnable) noexcept {
  Carrier& carrier = *pusher.home;
  std::unique_lock lock(carrier.mutex);
  if (stopping_.load()) {
    lock.unlock();
    discard(runnable);
    return true;
  }
  if (carrier.index >= carriers()) return false;
  carrier.ready.push(runnable);
  publish(carrier);
  return true;
}

// Invariant 1. One that says the same already need not say it again: whoever counted itself in
// `sleeping_` before it was said is seen by who said it, whoever did so later has read it.
void WorkStealing::publish(Carrier& carrier) noexcept {
  const std::uint64_t least = carrier.ready.least();
  if (carrier.least.load(std::memory_order_relaxed) != least) carrier.least.store(least);
}

bool WorkStealing::othersReady() const noexcept {
  const Carrier& carrier = *all_[current()->carrier];
  // Relaxed: who looks between two Tasks looks again soon.
  return carrier.home->least.load(std::memory_order_relaxed) != FairQueue::nothing ||
         carrier.handedOver.load(std::memory_order_relaxed) != nullptr ||
         carrier.pinned.anySoon() || carrier.replaced.load(std::memory_order_relaxed);
}

void WorkStealing::moveUp(Runnable& runnable, Share& payer) noexcept {
  Ref<Share> before;  // dropped after the lock
  // Idle until now: it starts no earlier than those that are being served.
  if (payer.becameActive()) becameActive(payer);
  // A thief that still carries it off leaves it its place.
  withQueueOf(runnable, [&](Carrier& carrier) {
    before = Ref<Share>(runnable.place_);
    carrier.ready.moveUp(runnable, payer);
    publish(carrier);
  });
  payer.becameInactive();
}

bool WorkStealing::whileQueued(Runnable& runnable, const std::function<void()>& look) noexcept {
  const unsigned on = runnable.queuedOn_.load(std::memory_order_acquire);
  if (on >= Runnable::pinnedTo && on != Runnable::noCarrier) {
    return all_[on - Runnable::pinnedTo]->pinned.whileQueued(runnable, look);
  }
  return withQueueOf(runnable, [&](Carrier&) { look(); });
}

void WorkStealing::becameActive(Share& share) noexcept {
  // Relaxed throughout: virtual times decide about fairness, not about what is visible.
  std::uint64_t least = FairQueue::nothing;
  std::uint64_t most = 0;
  for (const auto& carrier : reached()) {
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
  for (const auto& other : reached()) {
    const std::uint64_t serves = other->serves.load(std::memory_order_relaxed);
    if (serves != FairQueue::nothing) most = std::max(most, serves);
  }
  if (most > lagMax) share.raiseVirtualTime(most - lagMax);
  const std::uint64_t virtualTime = share.virtualTime();
  carrier.serves.store(virtualTime);  // invariant 4
  lastServed_.store(virtualTime, std::memory_order_relaxed);
}

void WorkStealing::stop() noexcept {
  {
    std::lock_guard lock(sleepMutex_);
    stopping_.store(true);
    for (const auto& carrier : known()) {
      if (carrier->state == State::asleep) wakeLocked(*carrier);
    }
  }
  standIns_->stop();
  for (const auto& carrier : known()) carrier->osThread.join();
  for (const auto& carrier : known()) {
    while (Runnable* runnable = carrier->pinned.pop()) discard(*runnable);
    while (Runnable* runnable = popOwn(*carrier)) discard(*runnable);
  }
  timers().dropCalls();
  if (outsideKept_) outsideKept_->end();
}

std::vector<CarrierStatistics> WorkStealing::statistics() const {
  std::vector<CarrierStatistics> result;
  for (const auto& carrier : known()) result.push_back(carrier->statistics());
  return result;
}

void WorkStealing::run(Carrier& carrier) noexcept {
  const AlternateSignalStack signalStack;
  const Interruptible interruptible;
  carrier.osThreadId.store(gettid());
  Current& context = carrier.context;
  context.scheduler = this;
  context.process = process_;
  setCurrent(&context);
  Clock::useOnThisThread(this);
  CarrierSupply::View supplyView;
  supply_.begin(supplyView);
  if (carrier.isSpare) sparesWaking_.fetch_sub(1);
  Runnable* runnable = nullptr;
  while ((runnable = next(carrier)) != nullptr || standIns_->rest(carrier)) {
    if (runnable == nullptr) continue;
    serve(carrier, runnable->place());
    const bool isThread = runnable->isThread_;
    carrier.successors = 0;
    const Duration busy = runSlice(*runnable, context);
    if (!isThread) add(carrier.slices, std::uint64_t{1});
    add(carrier.busyNanoseconds, busy.count());
    const Time ended = context.sliceBegan + busy;
    lookOutside(carrier, ended);
    supply_.look(supplyView, ended);
    if (carrier.replaced.load(std::memory_order_relaxed)) standIns_->comeBack(carrier);
  }
  Clock::useOnThisThread(nullptr);
  setCurrent(nullptr);
}

Runnable* WorkStealing::next(Carrier& carrier) noexcept {
  while (!stopping_.load()) {
    if (isTooMany(carrier) && standIns_->retire(carrier)) return nullptr;
    const Time due = timers().next();
    if (const Time time = due != never ? now() : Time{}; due <= time) timers().run(time);
    if (Runnable* runnable = take(carrier)) {
      if (carrier.searching) {
        stopSearching(carrier);
      } else if (carrier.home->least.load() != FairQueue::nothing) {
        wakeForQueued();
      }
      return runnable;
    }
    if (!carrier.searching) startSearching(carrier);
    watch(carrier);
    if (Outside* world = outside(); world != nullptr && world->look()) continue;
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
  const std::uint64_t own = carrier.home->least.load();
  if (Runnable* runnable = takePinned(carrier, own)) return runnable;
  Carrier* other = mostLagging(*carrier.home);
  if (other != nullptr && own != FairQueue::nothing) {
    const std::uint64_t theirs = other->least.load();
    if (theirs != FairQueue::nothing && theirs + sliceVirtual < own) {
      if (Runnable* runnable = stealFrom(*other, carrier, 1)) return runnable;
    }
  }
  if (Runnable* runnable = popOwn(carrier)) return runnable;
  return other == nullptr ? nullptr : stealFrom(*other, carrier, stealMax);
}

Runnable* WorkStealing::takePinned(Carrier& carrier, std::uint64_t othersLeast) noexcept {
  const bool before = std::exchange(carrier.servedPinned, false);
  if (!carrier.pinned.any()) return nullptr;
  const std::uint64_t virtualTime = carrier.pinned.first()->place().outermost().virtualTime();
  // Beside others of its troop it has every other slice.
  const bool inTurn =
      before ? virtualTime + sliceVirtual < othersLeast : virtualTime <= othersLeast;
  if (!inTurn && othersLeast != FairQueue::nothing) return nullptr;
  carrier.servedPinned = true;
  return carrier.pinned.pop();
}

Runnable* WorkStealing::popOwn(Carrier& popper) noexcept {
  Carrier& carrier = *popper.home;
  if (carrier.least.load() == FairQueue::nothing) return nullptr;
  std::lock_guard lock(carrier.mutex);
  Runnable* runnable = carrier.ready.pop();
  publish(carrier);
  return runnable;
}

Runnable* WorkStealing::stealFrom(Carrier& victim, Carrier& thief, std::size_t most) noexcept {
  Carrier& carrier = *thief.home;
  List<Runnable, ReadyTag> loot;
  {
    std::lock_guard lock(victim.mutex);
    add(thief.steals, std::uint64_t{victim.ready.steal(most, loot)});
    publish(victim);
  }
  Runnable* first = loot.popFront();
  if (loot.empty()) return first;
  std::lock_guard lock(carrier.mutex);
  while (Runnable* runnable = loot.popFront()) carrier.ready.push(*runnable);
  publish(carrier);
  return first;
}

Carrier* WorkStealing::mostLagging(const Carrier& carrier) const noexcept {
  Carrier* found = nullptr;
  std::uint64_t least = FairQueue::nothing;
  for (const auto& other : reached()) {
    if (other.get() == &carrier) continue;
    const std::uint64_t theirs = other->least.load();
    if (theirs >= least) continue;
    least = theirs;
    found = other.get();
  }
  return found;
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
  // Invariants 3 and 4. What was queued or handed over while this one searched woke nobody.
  if (sleeping_.load() == 0) return;
  if (anythingQueued() || (!watched_.load() && anyServes())) wakeOneSleeper();
}

bool WorkStealing::somethingComesUp(Carrier& carrier) noexcept {
  // One that spins is enough: it wakes the next one when it finds something.
  const int rounds = searching_.load() > 1 ? 1 : searchRoundsMax;
  if (rounds == 1) carrier.watchedRunnable = nullptr;
  for (int round = 0; round < rounds; ++round) {
    if (anythingToDo(carrier)) return true;
    pauseProcessor();
  }
  return false;
}

void WorkStealing::sleep(Carrier& carrier) noexcept {
  std::unique_lock lock(sleepMutex_);
  if (isTooMany(carrier)) return;  // it retires instead
  standIns_->dismissLocked(carrier);
  carrier.searching = false;
  searching_.fetch_sub(1);
  carrier.state = State::asleep;
  sleeping_.fetch_add(1);
  if (keeper_ == nullptr) keeper_ = &carrier;
  // Invariant 2; once asleep, whoever has something to do wakes it.
  if (anythingToDo(carrier)) {
    wakeLocked(carrier);
    return;
  }
  add(carrier.sleeps, std::uint64_t{1});
  Time look = never;
  if (becomesWatcherLocked()) look = std::chrono::steady_clock::now() + watchInterval;
  while (carrier.state == State::asleep) {
    const bool keeps = keeper_ == &carrier;
    const Time due = std::min(look, keeps ? timers().next() : never);
    const bool passed =
        carrier.place.sleep(lock, due, keeps ? outside() : nullptr, [this, &carrier] {
          // Awake before it queues those who waited, so that they wake nobody in its stead.
          std::lock_guard relock(sleepMutex_);
          carrier.place.leave();
          if (carrier.state == State::asleep) wakeLocked(carrier);
        });
    if (passed && carrier.state == State::asleep) wakeLocked(carrier);
  }
  if (look == never) return;
  watched_.store(false);
  standIns_->watch();
}

Outside* WorkStealing::sleepIn(Ref<Outside> outside) {
  std::lock_guard lock(sleepMutex_);
  if (outsideKept_) return outsideKept_.get();
  outsideKept_ = std::move(outside);
  outside_.store(outsideKept_.get(), std::memory_order_release);
  if (keeper_ == nullptr) {
    appointKeeperLocked();
  } else if (keeper_->state == State::asleep) {
    keeper_->place.rouse();
  }
  return outsideKept_.get();
}

void WorkStealing::offerQueuedLocked() noexcept {
  // Invariant 3; whoever searches does the same when it finds something.
  if (searching_.load() > 0) return;
  if (!anythingQueued() && (watched_.load() || !anyServes())) return;
  if (Carrier* sleeper = sleeperLocked()) wakeLocked(*sleeper);
}

Carrier* WorkStealing::sleeperLocked() noexcept {
  Carrier* keeper = nullptr;
  Carrier* absent = nullptr;
  for (const auto& carrier : reached()) {
    if (!counts(*carrier)) continue;
    if (carrier->state == State::asleep) {
      if (carrier.get() != keeper_) return carrier.get();
      keeper = carrier.get();
    } else if (carrier->state == State::absent && !carrier->isSpare && absent == nullptr) {
      absent = carrier.get();
    }
  }
  return keeper != nullptr ? keeper : absent;
}

void WorkStealing::wakeOneSleeper() noexcept {
  std::lock_guard lock(sleepMutex_);
  if (Carrier* sleeper = sleeperLocked()) wakeLocked(*sleeper);
}

// Counts the carrier as searching on its behalf, so that nobody else is woken before it looks.
void WorkStealing::wakeLocked(Carrier& carrier) noexcept {
  if (carrier.state == State::absent) {
    const int error = startLocked(carrier);
    check(error == 0 || present_.load() > 0, "the OS thread of the first carrier can be started");
    return;
  }
  carrier.state = State::awake;
  carrier.searching = true;
  searching_.fetch_add(1);
  standIns_->wakes(sleeping_.fetch_sub(1));
  carrier.place.rouse();
}

int WorkStealing::startLocked(Carrier& carrier) noexcept {
  if (stopping_.load()) return 0;
  carrier.osThread.join();  // of what has retired here
  carrier.state = State::awake;
  carrier.searching = true;
  searching_.fetch_add(1);
  standIns_->wakes(sleeping_.fetch_sub(1));
  const int error = startOsThread(carrier);
  if (error == 0) {
    present_.fetch_add(1);
    setPrepared();
    return 0;
  }
  carrier.searching = false;
  searching_.fetch_sub(1);
  carrier.state = State::refused;
  if (present_.load() == 0) {
    // Somebody must run: it is tried again.
    carrier.state = State::absent;
    sleeping_.fetch_add(1);
  }
  return error;
}

int WorkStealing::startOsThread(Carrier& carrier) noexcept {
  return carrier.osThread.start(
      carrier.index,
      [](void* argument) noexcept {
        Carrier& self = *static_cast<Carrier*>(argument);
        self.scheduler.run(self);
      },
      &carrier);
}

void WorkStealing::prepareFirst() {
  std::lock_guard lock(sleepMutex_);
  if (present_.load() > 0) return;
  if (const int error = startLocked(*all_[0]); error != 0) {
    throw Error(ErrorKind::overloaded,
                fmt::format("no OS thread for the first carrier: {}",
                            std::generic_category().message(error)),
                ErrorDetail::none, Executed::no);
  }
}

// A keeper that found something to run lets a sleeper keep the timers.
void WorkStealing::handTimersOn(Carrier& carrier) noexcept {
  std::lock_guard lock(sleepMutex_);
  if (keeper_ != &carrier) return;
  keeper_ = nullptr;
  if (keeperNeeded()) appointKeeperLocked();
}

void WorkStealing::timersMovedForward() noexcept {
  std::lock_guard lock(sleepMutex_);
  if (keeper_ == nullptr) return appointKeeperLocked();
  if (keeper_->state == State::asleep) keeper_->place.rouse();
}

void WorkStealing::appointKeeperLocked() noexcept {
  Carrier* sleeper = sleeperLocked();
  if (sleeper == nullptr) return;
  if (sleeper->state == State::asleep) {
    sleeper->place.rouse();
  } else {
    // It finds nothing to run, or hands the timers on.
    wakeLocked(*sleeper);
    if (sleeper->state != State::awake) return;
  }
  keeper_ = sleeper;
}

bool WorkStealing::anythingToDo(const Carrier& carrier) noexcept {
  if (anythingQueued() || carrier.pinned.any() || stopping_.load()) return true;
  const Time due = timers().next();
  return due != never && due <= now();
}

}  // namespace troop
