#include "runtime/reactor/source.h"

#include <fmt/format.h>

#include <system_error>
#include <utility>

#include "runtime/async/coroutine-task.h"
#include "runtime/async/wait.h"
#include "runtime/heap/charge-caller.h"

namespace troop {
namespace {

// About what the kernel keeps for an open socket without anything in its buffers.
constexpr std::size_t kernelBytes = std::size_t{4} << 10;

}  // namespace

Ref<Source> Source::open(Reactor& reactor, int descriptor) {
  OwnedDescriptor unowned(reactor, descriptor);
  Charge charge = chargeCaller(sizeof(Source) + kernelBytes);
  auto* source = new Source(Ref<Reactor>::share(&reactor), descriptor, std::move(charge));
  (void)unowned.release();
  return Ref<Source>::adopt(source);
}

Source::Source(Ref<Reactor> reactor, int descriptor, Charge charge) noexcept
    : reactor_(std::move(reactor)), descriptor_(descriptor), charge_(std::move(charge)) {}

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
  charge_.release();
  reactor_->close(*this, watched_.load(std::memory_order_acquire));
}

void Source::startWatching() {
  // Those who come while the first one asks for it need not: what has happened is told then, too.
  if (watchAsked_.load(std::memory_order_relaxed) || watchAsked_.exchange(true)) return;
  if (!beginUse()) return;
  const int error = reactor_->watch(*this);
  if (error == 0) watched_.store(true, std::memory_order_release);
  endUse();
  if (error == 0) return;
  watchAsked_.store(false);
  happened({.reading = true, .writing = true});
  throw Error(error == closedHere ? ErrorKind::disconnected : ErrorKind::overloaded,
              fmt::format("waiting for descriptor {}: {}", descriptor_,
                          std::generic_category().message(-error)),
              ErrorDetail::none, Executed::no);
}

bool Source::changed(const Side& side) const noexcept {
  return closed() || side.edges.load(std::memory_order_relaxed) !=
                         side.exhausted.load(std::memory_order_relaxed);
}

WaitResult Source::awaitChange(Direction direction, Time deadline, const char* what) {
  // Whoever drops the handle meanwhile, its list is there until the wait is over.
  const Ref<Source> keep = Ref<Source>::share(this);
  startWatching();
  Side& side = sides_[static_cast<int>(direction)];
  Waiter& waiter = Waiter::ofCaller();
  std::unique_lock lock(mutex_);
  if (changed(side)) return WaitResult::signalled;
  const WaitResult result = side.waiting.wait(waiter, lock, deadline, Interruption::allowed, what);
  lock.unlock();
  return waiter.conclude(result, deadline);
}

bool Source::suspend(Direction direction, std::coroutine_handle<> leaf, Time deadline,
                     const char* what) {
  startWatching();
  Side& side = sides_[static_cast<int>(direction)];
  std::unique_lock lock(mutex_);
  if (changed(side)) return CoroutineTask::ofCaller().passBy(what, leaf);
  return async::suspendIn(side.waiting, lock, what, leaf, deadline, Interruption::allowed);
}

WaitResult Source::resumed(Direction direction) noexcept {
  return async::resumedFrom(sides_[static_cast<int>(direction)].waiting, mutex_);
}

void Source::changeLocked(Side& side) noexcept {
  side.edges.store(side.edges.load(std::memory_order_relaxed) + 1, std::memory_order_release);
  side.waiting.signalAll();
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
