#include "runtime/runnable.h"

#include <algorithm>

#include "runtime/sched/current.h"
#include "runtime/sched/share.h"

namespace troop {

Runnable::Runnable(Ref<Share> share) : isThread_(false), share_(share.release()) {}

Runnable::Runnable(Ref<Share> share, ThreadTag) : isThread_(true), share_(share.release()) {}

Runnable::~Runnable() {
  // Nobody refers to it any more, so nobody changes its state.
  const State state = state_.load(std::memory_order_relaxed);
  if (state == State::created) {
    if (isCounted_) share_->countBackUnstarted();
  } else if (state != State::finished) {
    share_->leave(*this, nullptr);
  }
  if (!isThread_ || !share_->leaveCredit(CreditKind::reference)) share_->dropRef();
}

void Runnable::wake() noexcept {
  State state = state_.load(std::memory_order_relaxed);
  for (;;) {
    switch (state) {
      case State::created:
        if (!state_.compare_exchange_weak(state, State::queued)) continue;
        addRef();
        if (share_->scheduler().recording()) {
          share_->scheduler().recordHere(TraceKind::starts, *this);
        }
        isYoung_ = isThread_;
        if (!isCounted_) {
          share_->join(*this);
          takePlace();
        }
        share_->scheduler().enqueue(*this);
        return;
      case State::parked:
        // Seq_cst: what the waker wrote before must be seen by the slice that this starts.
        if (!state_.compare_exchange_weak(state, State::queued)) continue;
        if (!isThread_) addRef();
        queueTaken();
        return;
      case State::running:
        if (state_.compare_exchange_weak(state, State::runningWoken)) return;
        continue;
      case State::queued:
      case State::runningWoken:
        // The slice to come must see what the waker wrote; an exchange with the same value says so.
        if (state_.compare_exchange_weak(state, state)) return;
        continue;
      case State::finished:
        return;
    }
  }
}

void Runnable::enlist() noexcept {
  share_->list(*this);
  // What it has just been told is for the slice to come.
  if (share_->killed()) wake();
}

bool Runnable::whileItRests(const std::function<void()>& look) noexcept {
  State parked = State::parked;
  if (!state_.compare_exchange_strong(parked, State::running)) {
    return parked == State::queued && share_->scheduler().whileQueued(*this, look);
  }
  look();
  State running = State::running;
  if (state_.compare_exchange_strong(running, State::parked)) return true;
  // It was woken meanwhile, which is for the caller to see to.
  state_.exchange(State::queued);
  if (!isThread_) addRef();
  Scheduler& scheduler = share_->scheduler();
  if (scheduler.recording()) scheduler.recordHere(TraceKind::wakes, *this);
  takePlace();
  scheduler.enqueue(*this);
  return true;
}

bool Runnable::takeParked() noexcept {
  State parked = State::parked;
  return state_.load(std::memory_order_relaxed) == State::parked &&
         state_.compare_exchange_strong(parked, State::queued);
}

void Runnable::queueTaken() noexcept {
  Scheduler& scheduler = share_->scheduler();
  if (scheduler.handOver(*this)) return;
  if (scheduler.recording()) scheduler.recordHere(TraceKind::wakes, *this);
  takePlace();
  scheduler.enqueue(*this);
}

void Runnable::takePlace() noexcept {
  place_ = nextPayer();
  Share& payer = place();
  Scheduler& scheduler = share_->scheduler();
  if (payer.becameActive()) scheduler.becameActive(payer);
}

void Runnable::wakeFor(Share& payer) noexcept {
  wake();
  // One that runs asks for its next place when its slice ends.
  if (state_.load(std::memory_order_relaxed) == State::queued) {
    share_->scheduler().moveUp(*this, payer);
  }
}

bool Runnable::turnCovers(const Share& payer) noexcept {
  constexpr auto slack = static_cast<std::uint64_t>(Duration(sliceMax).count());
  const Share* place = current()->place;
  const auto [ofPayer, ofPlace] = Share::comparable(payer, *place);
  return ofPayer <= ofPlace + slack;
}

void Runnable::chargeHelper(const Share& payer, Duration cpu) noexcept {
  if (!turnCovers(payer)) current()->place->advanceVirtualTime(std::max(cpu, Duration::zero()));
}

Ref<Share> Runnable::nextPayer() noexcept {
  return {};
}

void Runnable::describeWaits(std::string&) const {}

std::string_view Runnable::reportedName() const noexcept {
  return {};
}

}  // namespace troop
