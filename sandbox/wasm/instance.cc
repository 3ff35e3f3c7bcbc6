#include "sandbox/wasm/instance.h"

#include <algorithm>
#include <utility>

#include "runtime/units.h"
#include "sandbox/wasm/abi.h"

namespace troop::sandbox::wasm {

namespace {

// How many results of the largest size there is always room for while a guest runs.
constexpr std::size_t resultsAtOnce = 8;
// What a guest costs the host beyond its linear memory and what its module says: its store, and the
// pages of its native stack that are not counted.
constexpr std::size_t overheadBytes = (std::size_t{16} << 10) + NativeStack::keptBytes;

// How long a guest may run until its stack is counted in any case.
constexpr Duration stackCountPause = 1ms;

}  // namespace

Instance::Instance(Ref<Troop> troop, Engine& engine, Ref<const Image> image, GuestOptions options)
    : Runnable(troop),
      name_(options.name),
      limits_(options.limits),
      engine_(engine),
      image_(std::move(image)),
      mailbox_(name_, {.calls = limits_.callsQueued,
                       .questions = limits_.callsMade,
                       .objects = limits_.capabilities,
                       .wallPerCall = limits_.wallPerCall}),
      memory_(troop->memory(), image_->memoryBytes()),
      overhead_(memory_.budget()->charge(overheadBytes + image_->module().instanceBytes()).value()),
      permissions_(name_, options.grants),
      grants_(std::move(options.grants)),
      table_(std::in_place, limits_.capabilities, memory_.budget()),
      store_(std::make_unique<Store>(engine, static_cast<HostCalls&>(*this))) {}

Instance::~Instance() = default;

Progress Instance::runSlice() noexcept {
  cpu_.start();
  sliceTick_ = engine_.ticks();
  const Progress progress = killed_.load(std::memory_order_acquire) ? Progress::parked : runTurns();
  if (!killed_.load(std::memory_order_acquire)) chargeStack();
  chargeLap();
  return killed_.load(std::memory_order_acquire) ? end() : progress;
}

Progress Instance::runTurns() {
  answerExpired();
  while (begin()) {
    poll();
    if (killed_.load(std::memory_order_acquire)) return Progress::ready;
    if (store_->running() && turnOver_) return Progress::ready;
    if (cpu_.total() >= sliceMax || engine_.ticks() != sliceTick_ || !turnGoesOn()) {
      return Progress::ready;
    }
  }
  return park();
}

Ref<Share> Instance::nextPayer() noexcept {
  const Ref<Loan> loan =
      busy_.load(std::memory_order_relaxed) ? cause_.loan : mailbox_.nextLoan().value_or(nullptr);
  return mailbox_.placeOf(Ref<Share>::share(&payerOf(loan.get())), share());
}

Share& Instance::payerOf(const Loan* loan) const noexcept {
  return loan != nullptr && !loan->isUsedUp() ? loan->lender() : share();
}

bool Instance::turnGoesOn() noexcept {
  if (store_->running() || phase_ == Phase::restoring) return true;
  const std::optional<Ref<Loan>> loan = mailbox_.nextLoan();
  if (!loan) return true;
  return turnCovers(payerOf(loan->get()));
}

bool Instance::begin() {
  if (store_->running() || phase_ == Phase::restoring) return true;
  if (phase_ != Phase::fresh) return takeNews();
  phase_ = Phase::making;
  store_->beginInstance(image_->prepared());
  return true;
}

void Instance::poll() {
  if (phase_ == Phase::restoring) return restore();
  if (!store_->running()) {
    chargeLap();  // so that refusing what others send ends the slice as well
    return;
  }
  // Results are charged to it while it runs, by whoever answers on another carrier.
  memory_.reserve(std::min(mailbox_.questions(), resultsAtOnce) * limits_.messageBytes);
  store_->limitMemory(memory_.linearMax());
  const Store::Progress progress = store_->poll();
  turnOver_ = progress == Store::Progress::yielded;
  const WasFull full =
      store_->memoryBytes() + pageBytes > memory_.linearMax() ? WasFull::yes : WasFull::no;
  memory_.settle(store_->memoryBytes());
  outbox_.flush();
  permissions_.flush();

  // Allocating is part of what follows it, and measuring costs about as much.
  if (progress != Store::Progress::returned || step_ != Step::allocating) checkCpu();
  if (progress == Store::Progress::died) {
    die(causeOfDeath(full));
  } else if (progress == Store::Progress::returned) {
    advance();
  }
}

Duration Instance::cpuLimitOfDelivery() const noexcept {
  return started_.load(std::memory_order_relaxed) ? limits_.cpuPerCall : limits_.cpuAtStart;
}

// Whoever calls must not be able to kill: what others pay for ends as a call, and what the guest
// then does at its own expense is counted afresh.
void Instance::checkCpu() {
  chargeLap();
  const Duration limit = cpuLimitOfDelivery();
  if (cpuOfDelivery_ < limit) return;
  const bool starting = !started_.load(std::memory_order_relaxed);
  const std::string reached =
      (starting ? "CPU time at start " : "CPU time of a call ") + describe(limit) + " reached";
  if (!cause_.loan) return die(Error(ErrorKind::overloaded, reached, ErrorDetail::cpu));
  takeBack(Error(ErrorKind::overloaded, reached + " by '" + name_ + "'", ErrorDetail::cpu));
  cpuOfDelivery_ = {};
}

// Counting takes a few microseconds, so it is done when there is a sign, and once in a while.
void Instance::chargeStack() {
  NativeStack& stack = store_->stack();
  cpuSinceStackCount_ += cpu_.total();
  if (!stack.known() || (cpuSinceStackCount_ < stackCountPause && !stack.seemsDeeper())) return;
  cpuSinceStackCount_ = Duration::zero();
  if (!memory_.chargeStack(stack.count())) die(memoryReached());
}

// With every lap, so that a guest which reaches its limit in the midst of a slice gets no further
// turn.
void Instance::chargeLap() {
  const Duration lap = cpu_.lap();
  cpuOfDelivery_ += lap;
  chargeHelper(payerOf(cause_.loan.get()), lap);
  const Duration lent = cause_.loan ? cause_.loan->chargeCpu(lap) : Duration::zero();
  troop().chargeCpu(lap - lent);
  mailbox_.charge(cause_, lap);
  if (!cause_.loan) return;
  cpuOnLoans_.fetch_add(lent.count(), std::memory_order_relaxed);
  goOnLoan();
  if (!cause_.loan) cpuOfDelivery_ = lap - lent;
}

// The call fails where its Loan is used up, as what the guest has `heard` if it is that which says
// so.
void Instance::goOnLoan(const Error* heard) {
  const Ref<Loan> before = std::move(cause_.loan);
  cause_.loan = mailbox_.lentFor(cause_);
  if (!cause_.loan || !cause_.loan->isUsedUp()) return;
  takeBack(heard != nullptr ? *heard : cause_.loan->spentBy(name_));
}

// What the guest still does about the call that is under way is its own expense.
void Instance::takeBack(const Error& error) {
  cause_.loan.reset();
  std::optional<proxy::Call> call = mailbox_.takeBack(cause_);
  if (!call) return;
  callsFailed_.fetch_add(1, std::memory_order_relaxed);
  call->settle(error);
}

// Of the limit that it was killed for: both may be reached in the same turn.
Duration Instance::cpuOver(const Error& cause) const noexcept {
  if (cause.detail() != ErrorDetail::cpu) return Duration::zero();
  const Duration used = troop().cpuUsed();
  if (used >= limits_.cpu) return used - limits_.cpu;
  return std::max(Duration::zero(), cpuOfDelivery_ - cpuLimitOfDelivery());
}

void Instance::advance() {
  switch (phase_) {
    case Phase::fresh:
      return;
    case Phase::making:
      phase_ = Phase::restoring;
      return;
    case Phase::restoring:
      return;
    case Phase::initializing:
      phase_ = Phase::alive;
      return deliverStart();
    case Phase::alive:
      break;
  }
  if (step_ == Step::allocating) {
    allocated(static_cast<std::uint32_t>(store_->result()));
  } else {
    step_ = Step::none;
    cause_ = {};
    busy_.store(false, std::memory_order_relaxed);
    started_.store(true, std::memory_order_relaxed);
  }
}

void Instance::restore() {
  const Expected<bool> whole = image_->restorePiece(*store_, restored_);
  checkCpu();
  if (whole.failed()) return die(whole.error());
  if (whole.value()) made();
}

void Instance::made() {
  alloc_ = store_->function(TROOP_ABI_ALLOC);
  deliver_ = store_->function(TROOP_ABI_DELIVER);
  memory_.settle(store_->memoryBytes());
  const std::optional<Store::Function> initialize = store_->function(TROOP_ABI_INITIALIZE);
  if (initialize && !image_->initialized()) {
    phase_ = Phase::initializing;
    store_->begin(*initialize, {});
  } else {
    phase_ = Phase::alive;
    deliverStart();
  }
}

// A guest that waits with calls open has to come back when the first of them expires. One without
// must not be kept alive by a timer.
Progress Instance::park() {
  const Time expiry = mailbox_.nextExpiry();
  if (expiry < wakeAt_) {
    if (wakeAt_ != never) troop().process().cancelTimer(timer_);
    timer_ = troop().process().at(expiry, [self = Ref<Instance>::share(this)] { self->wake(); });
    wakeAt_ = expiry;
  } else if (expiry == never && wakeAt_ != never) {
    troop().process().cancelTimer(timer_);
    wakeAt_ = never;
  }
  return Progress::parked;
}

void Instance::die(Error cause) noexcept {
  troop().kill(std::move(cause));
}

Error Instance::causeOfDeath(WasFull wasFull) const {
  const Error& cause = store_->cause();
  // Compiled languages end by a trap when an allocation fails.
  if (wasFull == WasFull::yes && !aborted_ && cause.detail() == ErrorDetail::none)
    return memoryReached();
  return cause;
}

Error Instance::memoryReached() const {
  if (memory_.shortOfHost()) {
    return Error(ErrorKind::overloaded,
                 "memory " + describeBytes(troop().process().memory()->limit()) +
                     " of the host is used up; its own limit is " +
                     describeBytes(limits_.memoryBytes),
                 ErrorDetail::memory);
  }
  return Error(ErrorKind::overloaded, "memory " + describeBytes(limits_.memoryBytes) + " reached",
               ErrorDetail::memory);
}

Progress Instance::end() noexcept {
  const Error cause = *troop().cause();
  if (!pastLimit_) {
    pastLimit_ = cpuOver(cause);
    endCalls(cause);
  }
  // In pieces, since a guest may have touched gigabytes.
  if (store_->releaseMemory()) {
    chargeLap();
    return Progress::ready;
  }
  store_.reset();
  image_.reset();
  memory_.release();
  overhead_.release();
  memory_.budget()->endReservation();
  chargeLap();

  {
    std::lock_guard lock(endMutex_);
    endCause_ = cause;
    cpuAtEnd_ = troop().cpuUsed();
    cpuOver_ = *pastLimit_;
  }
  ended_.set();
  return Progress::finished;
}

// Nobody waits for its memory to be back.
void Instance::endCalls(const Error& cause) noexcept {
  const std::string reason = "guest '" + name_ + "' is dead: " + Verdict::ended(cause).text();
  const auto gone = [&](Executed executed) {
    return Error(ErrorKind::disconnected, reason, ErrorDetail::killed, executed);
  };
  if (wakeAt_ != never) troop().process().cancelTimer(timer_);

  delivery_.reset();
  outbox_ = {};
  cause_ = {};
  grants_.clear();
  table_.reset();
  Mailbox::Remains remains = mailbox_.close(gone(Executed::no));
  callsFailed_.fetch_add(remains.waiting.size() + remains.delivered.size(),
                         std::memory_order_relaxed);
  for (proxy::Call& call : remains.waiting) call.settle(gone(Executed::no));
  for (proxy::Call& call : remains.delivered) call.settle(gone(Executed::maybe));
  remains.questions.clear();
}

Verdict Instance::verdict() const {
  std::lock_guard lock(endMutex_);
  if (endCause_) return Verdict::ended(*endCause_);
  if (const std::optional<Error> cause = troop().cause()) return Verdict::ended(*cause);
  if (const std::uint64_t refused = callsRefused_.load(std::memory_order_relaxed); refused != 0) {
    return Verdict::refusedCalls(lastRefusal_, refused);
  }
  if (callsServed_.load(std::memory_order_relaxed) != 0)
    return Verdict::living(Verdict::Kind::served);
  return Verdict::living(started_.load(std::memory_order_relaxed) ? Verdict::Kind::idle
                                                                  : Verdict::Kind::starting);
}

Usage Instance::usage() const {
  Usage usage;
  {
    std::lock_guard lock(endMutex_);
    usage.cpu = endCause_ ? cpuAtEnd_ : troop().cpuUsed();
    usage.cpuOver = cpuOver_;
    usage.memoryBytes = endCause_ ? 0 : memory_.used();
  }
  usage.cpuOnLoans = Duration(cpuOnLoans_.load(std::memory_order_relaxed));
  usage.memoryPeakBytes = memory_.peak();
  usage.callsServed = callsServed_.load(std::memory_order_relaxed);
  usage.callsFailed = callsFailed_.load(std::memory_order_relaxed);
  usage.callsMade = callsMade_.load(std::memory_order_relaxed);
  usage.callsRefused = callsRefused_.load(std::memory_order_relaxed);
  usage.slices = slices();
  usage.migrations = migrations();
  return usage;
}

// The Process waits until the guest has ended, and may be gone after that; until then the lock
// keeps it.
void Instance::kill(std::string reason) noexcept {
  std::lock_guard lock(endMutex_);
  if (endCause_) return;
  troop().kill(Error(ErrorKind::disconnected, std::move(reason), ErrorDetail::killed));
}

bool Instance::waitEnd(Time deadline) {
  return ended_.wait(deadline) == WaitResult::signalled;
}

}  // namespace troop::sandbox::wasm
