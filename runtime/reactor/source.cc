#include "runtime/reactor/source.h"

#include <fmt/format.h>

#include <algorithm>
#include <new>
#include <system_error>
#include <utility>

#include "runtime/async/coroutine-task.h"
#include "runtime/async/wait.h"

namespace troop {
namespace {

// About what the kernel keeps for an open socket beside its buffers.
constexpr std::size_t kernelBytes = std::size_t{4} << 10;

constexpr Duration restMin = 5ms;
constexpr unsigned doublingsMax = 8;
constexpr Duration restMax = 1s;

}  // namespace

Expected<Ref<Source>> Source::open(Reactor& reactor, int descriptor) {
  OwnedDescriptor unowned(reactor, descriptor);
  Expected<HandleAccount> account =
      HandleAccount::open(sizeof(Source) + kernelBytes + reactor.bufferBytes(descriptor));
  if (account.failed()) return std::move(account).error();
  auto* source =
      new (std::nothrow) Source(Ref<Reactor>::share(&reactor), descriptor, *std::move(account));
  if (source == nullptr) {
    return Error(ErrorKind::overloaded, "no memory is left for a handle", ErrorDetail::memory,
                 Executed::no);
  }
  (void)unowned.release();
  return Ref<Source>::adopt(source);
}

Source::Source(Ref<Reactor> reactor, int descriptor, HandleAccount account) noexcept
    : reactor_(std::move(reactor)), descriptor_(descriptor), account_(std::move(account)) {}

Source::~Source() {
  close();
}

void Source::close() noexcept {
  const std::uint32_t before = uses_.fetch_or(closedBit, std::memory_order_acq_rel);
  if ((before & closedBit) != 0) return;
  happened({.reading = true, .writing = true});
  if (before == 0) closeNow();
}

void Source::closeNow() noexcept {
  // Who finds it closed is counted as using it for a moment, and may be the last of several.
  if (descriptorClosed_.exchange(true, std::memory_order_acq_rel)) return;
  account_.close();
  reactor_->close(*this, watched_.load(std::memory_order_acquire));
}

int Source::startWatching() noexcept {
  // Those who come while the first one asks for it need not: what has happened is told then, too.
  if (watchAsked_.load(std::memory_order_relaxed) || watchAsked_.exchange(true)) return 0;
  if (!beginUse()) return 0;
  const int error = reactor_->watch(*this);
  if (error == 0) watched_.store(true, std::memory_order_release);
  endUse();
  if (error == 0) return 0;
  watchAsked_.store(false);
  happened({.reading = true, .writing = true});
  return error;
}

Error Source::unwatched(int error) const {
  if (error == closedHere) {
    return Error(ErrorKind::disconnected,
                 fmt::format("waiting for descriptor {}: its Process has ended", descriptor_),
                 ErrorDetail::none, Executed::no);
  }
  return Error(ErrorKind::overloaded,
               fmt::format("waiting for descriptor {}: {}", descriptor_,
                           std::generic_category().message(-error)),
               ErrorDetail::none, Executed::no);
}

bool Source::changed(const Side& side) const noexcept {
  return closed() || side.edges.load(std::memory_order_relaxed) !=
                         side.exhausted.load(std::memory_order_relaxed);
}

WaitResult Source::awaitChange(Direction direction, Time deadline, const char* what) {
  Side& side = sides_[static_cast<int>(direction)];
  Waiter& waiter = Waiter::ofCaller();
  std::unique_lock lock(mutex_);
  Time until = deadline;
  heedRestLocked(side, until);
  if (changed(side)) return WaitResult::signalled;
  const WaitResult result = side.waiting.wait(waiter, lock, until, Interruption::allowed, what);
  lock.unlock();
  return ofRest(waiter.conclude(result, until), until, deadline);
}

bool Source::suspend(Direction direction, std::coroutine_handle<> leaf, Time& until,
                     const char* what) {
  Side& side = sides_[static_cast<int>(direction)];
  std::unique_lock lock(mutex_);
  heedRestLocked(side, until);
  if (changed(side)) return CoroutineTask::ofCaller().passBy(what, leaf);
  return async::suspendIn(side.waiting, lock, what, leaf, until, Interruption::allowed);
}

WaitResult Source::ofRest(WaitResult result, Time until, Time deadline) noexcept {
  // An inherited deadline may be the one that passed.
  const bool over = result == WaitResult::timedOut && until < deadline && until <= now();
  return over ? WaitResult::signalled : result;
}

WaitResult Source::resumed(Direction direction) noexcept {
  return async::resumedFrom(sides_[static_cast<int>(direction)].waiting, mutex_);
}

void Source::changeLocked(Side& side) noexcept {
  const std::uint64_t edges = side.edges.load(std::memory_order_relaxed) + 1;
  side.edges.store(edges, std::memory_order_release);
  if (side.restsUntil != Time{} && !closed()) {
    side.exhausted.store(edges, std::memory_order_relaxed);
  } else {
    side.waiting.signalAll();
  }
}

void Source::ranOut(Direction direction) noexcept {
  std::lock_guard lock(mutex_);
  Side& side = sides_[static_cast<int>(direction)];
  const unsigned doublings =
      std::min(side.ranOut.fetch_add(1, std::memory_order_relaxed), doublingsMax);
  side.restsUntil = after(std::min(restMin * (1U << doublings), restMax));
  side.exhausted.store(side.edges.load(std::memory_order_relaxed), std::memory_order_relaxed);
}

void Source::heedRestLocked(Side& side, Time& until) noexcept {
  if (side.restsUntil == Time{}) return;
  if (side.restsUntil > now()) {
    until = std::min(until, side.restsUntil);
  } else {
    side.restsUntil = Time{};
    changeLocked(side);
  }
}

void Source::happened(Change change) noexcept {
  std::lock_guard lock(mutex_);
  if (change.ended) hasEnded_.store(true, std::memory_order_relaxed);
  if (change.reading) changeLocked(sides_[static_cast<int>(Direction::reading)]);
  if (change.writing) changeLocked(sides_[static_cast<int>(Direction::writing)]);
}

Error Source::notDone(WaitResult waited, const char* what) {
  if (waited == WaitResult::timedOut) {
    return Error(ErrorKind::overloaded, fmt::format("{}: the deadline has passed", what),
                 ErrorDetail::deadline);
  }
  return Error(ErrorKind::failed, fmt::format("{}: the Task was cancelled", what),
               ErrorDetail::cancelled);
}

}  // namespace troop
