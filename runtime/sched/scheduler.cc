#include "runtime/sched/scheduler.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "runtime/base/ticks.h"
#include "runtime/sched/share.h"

namespace troop {

Duration Scheduler::runSlice(Runnable& first, Current& current) noexcept {
  Runnable* runnable = &first;
  Share& share = first.share();
  // Kept here: once the Runnable is parked, whoever wakes it gives it another place.
  const Ref<Share> payer = std::move(first.place_);
  Share& place = payer ? *payer : share;
  current.sliceBegan = sliceTime();
  current.sliceIsOver = false;
  // Acquire: it is there before it is said.
  current.recorder = recorder_.load(std::memory_order_acquire);
  current.share = &share;
  current.credit = &creditOf(current.carrier);
  current.place = &place;
  current.handsOver = first.isThread_;
  current.cpuOnLoans = Duration::zero();
  current.blocked = Duration::zero();
  Progress progress;
  for (;;) {
    begin(*runnable, current);
    progress = runnable->runSlice();
    // Perhaps another one, with which a Task of the first has gone on.
    runnable = current.runnable;
    const Successor next = current.handsOver ? successorOf(current) : Successor{};
    if (next.runnable == nullptr) break;
    // It is of the same troop, so that one slice is charged for all.
    settle(*runnable, progress, next.isActive ? &place : nullptr);
    runnable = next.runnable;
  }
  queueHandedOver(current);
  if (current.recorder != nullptr) {
    record(*current.recorder, current.carrier, TraceKind::ends, *runnable);
  }
  current.share = nullptr;
  current.place = nullptr;
  current.handsOver = false;
  const Duration elapsed = std::max(sliceTime() - current.sliceBegan, Duration::zero());
  if (!runnable->measuresOwnCpu()) {
    // It ran at its own place, so that its virtual time grows by all of it; what others were
    // charged for already it has not used itself.
    const Duration whole = cost(std::max(elapsed - current.blocked, Duration::zero()));
    const Duration lent = std::min(current.cpuOnLoans, whole);
    if (lent > Duration::zero()) share.advanceVirtualTime(lent);
    share.chargeCpu(whole - lent);
  }
  settle(*runnable, progress, &place);
  collect(creditOf(current.carrier));
  current.runnable = nullptr;
  return elapsed;
}

Successor Scheduler::successorOf(Current& current) noexcept {
  if (!current.successor) return takeSuccessor(current);
  const Successor asked = *current.successor;
  current.successor.reset();
  return asked;
}

void Scheduler::settleLeft(Runnable& left, Progress progress, bool nextIsActive) noexcept {
  Current& here = *current();
  settle(left, progress, nextIsActive ? here.place : nullptr);
}

TraceRecorder* Scheduler::startRecording(std::size_t eventsOfEach, unsigned timesEvery) {
  std::lock_guard lock(recordersMutex_);
  if (recorder_.load() != nullptr) return nullptr;
  TraceRecorder* recorder = nullptr;
  for (const auto& each : recorders_) {
    const TraceRecorder::Options& has = each->options();
    if (has.eventsOfEach == eventsOfEach && has.timesEvery == timesEvery) recorder = each.get();
  }
  if (recorder == nullptr) {
    // What is simulated has a clock of its own.
    const bool counts = countsTicks() && !draws();
    recorders_.push_back(std::make_unique<TraceRecorder>(TraceRecorder::Options{
        .carriersMax = withSpares_,
        .eventsOfEach = eventsOfEach,
        .times = counts ? TraceRecorder::Times::tickCounts : TraceRecorder::Times::nanoseconds,
        .timesEvery = timesEvery}));
    recorder = recorders_.back().get();
  }
  recorder->forget();
  recorder_.store(recorder);
  return recorder;
}

std::uint64_t Scheduler::timeToRecord(const TraceRecorder& recorder) const noexcept {
  return recorder.options().times == TraceRecorder::Times::tickCounts
             ? tickCount()
             : static_cast<std::uint64_t>(now().time_since_epoch().count());
}

void Scheduler::recordRun(const Current& current, Runnable& runnable) const noexcept {
  TraceRecorder& recorder = *current.recorder;
  if (runnable.slices() == 1) return record(recorder, current.carrier, TraceKind::begins, runnable);
  recorder.addRun(current.carrier, reinterpret_cast<std::uintptr_t>(&runnable),
                  [&] { return timeToRecord(recorder); });
}

void Scheduler::recordHere(TraceKind kind, Runnable& runnable) const noexcept {
  TraceRecorder* const recorder = recorder_.load(std::memory_order_acquire);
  if (recorder == nullptr) return;
  const Current* here = current();
  const bool isCarrier = here != nullptr && here->scheduler == this;
  record(*recorder, isCarrier ? here->carrier : TraceRecorder::outside, kind, runnable);
}

void Scheduler::record(TraceRecorder& recorder, unsigned carrier, TraceKind kind,
                       Runnable& runnable) const noexcept {
  const std::uint64_t time = timeToRecord(recorder);
  const auto about = reinterpret_cast<std::uintptr_t>(&runnable);
  recorder.add(carrier, time, kind, about);
  if (kind == TraceKind::begins || kind == TraceKind::finishes) {
    recorder.name(carrier, time, about, runnable.reportedName(), runnable.share().reportedName());
  }
}

void Scheduler::begin(Runnable& runnable, Current& current) noexcept {
  current.runnable = &runnable;
  // Only who runs it writes these, so that no addition has to be atomic.
  runnable.slices_.store(runnable.slices() + 1, std::memory_order_relaxed);
  if (runnable.lastCarrier_ != current.carrier) {
    if (runnable.lastCarrier_ != Runnable::noCarrier) {
      runnable.migrations_.store(runnable.migrations() + 1, std::memory_order_relaxed);
    }
    runnable.lastCarrier_ = current.carrier;
  }
  if (current.recorder != nullptr) current.scheduler->recordRun(current, runnable);
  // Each change of state here and in settle() reads the one before, so that this slice or the next
  // sees what wakers wrote.
  runnable.state_.exchange(Runnable::State::running);
}

void Scheduler::settle(Runnable& runnable, Progress progress, Share* left) noexcept {
  using State = Runnable::State;
  // Once it is parked or queued it may be gone.
  const bool keepsItself = runnable.isThread_;
  if (progress == Progress::finished) {
    if (recording()) recordHere(TraceKind::finishes, runnable);
    runnable.state_.exchange(State::finished);
    runnable.share().leave(runnable, left);
    runnable.dropRef();
    return;
  }
  if (!runnable.isListed_) runnable.enlist();
  if (progress == Progress::parked) {
    if (left != nullptr) left->becameInactive();
    State expected = State::running;
    if (runnable.state_.compare_exchange_strong(expected, State::parked)) {
      if (!keepsItself) runnable.dropRef();
      return;
    }
    if (left != nullptr) (void)left->becameActive();
  }
  if (recording()) recordHere(TraceKind::isReady, runnable);
  // Queued before it asks for its place: what comes after that is for the next slice.
  runnable.state_.exchange(State::queued);
  if (!keepsItself || left == nullptr) {
    runnable.takePlace();
    if (left != nullptr) left->becameInactive();
  }
  enqueue(runnable);
}

void Scheduler::pin(Current& here) noexcept {
  here.runnable->isPinned_ = true;
  countPinned(here, 1);
}

void Scheduler::unpin(Current& here) noexcept {
  here.runnable->isPinned_ = false;
  countPinned(here, -1);
}

void Scheduler::discard(Runnable& runnable) noexcept {
  const Ref<Runnable> reference = Ref<Runnable>::adopt(&runnable);
  runnable.state_.exchange(Runnable::State::finished);
  runnable.share().leave(runnable, &runnable.place());
}

bool Scheduler::collect(CarrierCredit& credit) noexcept {
  if (credit.isEmpty()) return false;
  // Before it is emptied, so that who finds it empty sees this.
  credit.countingBack.fetch_add(1);
  const CarrierCredit::Content content = credit.empty();
  if (content.owner != nullptr) content.owner->countBack(content.counts);
  credit.countingBack.fetch_sub(1);
  return content.owner != nullptr;
}

bool Scheduler::collectCredit() noexcept {
  bool any = false;
  for (unsigned carrier = 0; carrier < withSpares_; ++carrier) {
    CarrierCredit& credit = creditOf(carrier);
    any |= collect(credit);
    while (credit.countingBack.load() != 0) {
      any = true;
      std::this_thread::yield();
    }
  }
  return any;
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

void Scheduler::shareCeasedToLive() noexcept {
  // Release and acquire: who sees zero sees all that the Runnables did.
  if (sharesLive_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  std::lock_guard lock(liveMutex_);
  noneLive_.notify_all();
}

void Scheduler::awaitNoneLive() {
  std::unique_lock lock(liveMutex_);
  noneLive_.wait(lock, [this] { return !anyLive(); });
}

}  // namespace troop
