#include "runtime/channel.h"

#include <fmt/format.h>

#include <utility>

#include "runtime/sched/waiter.h"

namespace troop {
namespace {

Error deadlinePassedError() {
  return Error(ErrorKind::overloaded, "the deadline has passed", ErrorDetail::deadline,
               Executed::no);
}

Error cancelledError() {
  return Error(ErrorKind::failed, "cancelled", ErrorDetail::cancelled, Executed::no);
}

Error closedError(const char* side) {
  return Error(ErrorKind::disconnected, fmt::format("the channel has no {} any more", side),
               ErrorDetail::none, Executed::no);
}

}  // namespace

ChannelCore::ChannelCore(std::size_t capacity, Charge paid)
    : capacity_(capacity), charge_(std::move(paid)) {
  if (capacity == 0) throw Error(ErrorKind::failed, "a channel has room for at least one value");
}

void ChannelCore::enter(Telling telling) {
  Waiter& waiter = Waiter::ofCaller();
  if (telling == Telling::byException) {
    waiter.enter();
  } else {
    waiter.giveWay();
  }
}

Expected<void> ChannelCore::concluded(WaitResult waited, Time deadline, Telling telling) {
  if (waited == WaitResult::signalled) return {};
  if (telling == Telling::byException) waited = Waiter::ofCaller().conclude(waited, deadline);
  switch (waited) {
    case WaitResult::timedOut:
      return deadlinePassedError();
    case WaitResult::cancelled:
      return cancelledError();
    case WaitResult::signalled:
      break;
  }
  return {};
}

Expected<void> ChannelCore::takePlace(std::unique_lock<ShortLock>& lock, Time deadline,
                                      Telling telling) {
  if (receivers_ == 0) return closedError("receiver");
  if (findPlace()) return {};
  const WaitResult waited =
      sending_.wait(lock, deadline, Interruption::allowed, "room in a channel");
  Expected<void> turn = concluded(waited, deadline, telling);
  return turn.failed() ? std::move(turn) : redeemPlace(Found::nothing);
}

Expected<void> ChannelCore::takeValue(std::unique_lock<ShortLock>& lock, Time deadline,
                                      Telling telling) {
  if (valueFree()) return {};
  if (senders_ == 0) return closedError("sender");
  const WaitResult waited =
      receiving_.wait(lock, deadline, Interruption::allowed, "a value in a channel");
  Expected<void> turn = concluded(waited, deadline, telling);
  return turn.failed() ? std::move(turn) : redeemValue(Found::nothing);
}

ChannelCore::Found ChannelCore::promisePlace() noexcept {
  if (receivers_ == 0) return Found::closed;
  if (!findPlace()) return Found::nothing;
  ++promisedPlaces_;
  return Found::promise;
}

ChannelCore::Found ChannelCore::promiseValue() noexcept {
  endBatches();
  if (!valueFree()) return senders_ == 0 ? Found::closed : Found::nothing;
  ++promisedValues_;
  return Found::promise;
}

Expected<void> ChannelCore::redeemPlace(Found found) {
  if (found == Found::closed || receivers_ == 0) return closedError("receiver");
  --promisedPlaces_;
  return {};
}

Expected<void> ChannelCore::redeemValue(Found found) {
  // Without a promise it was woken because the last sender has gone.
  if (found == Found::closed || promisedValues_ == 0) return closedError("sender");
  --promisedValues_;
  return {};
}

Expected<void> ChannelCore::tryTakePlace() {
  if (receivers_ == 0) return closedError("receiver");
  if (placeFree()) return {};
  return Error(ErrorKind::overloaded, fmt::format("the channel is full ({} values)", capacity_),
               ErrorDetail::quota, Executed::no);
}

Expected<void> ChannelCore::tryTakeValue() {
  if (valueFree()) return {};
  if (senders_ == 0) return closedError("sender");
  return Error(ErrorKind::overloaded, "the channel is empty", ErrorDetail::quota, Executed::no);
}

void ChannelCore::placeUsed() noexcept {
  ++values_;
  promiseValues();
}

void ChannelCore::valueTaken() noexcept {
  --values_;
  promisePlaces();
}

bool ChannelCore::findPlace() noexcept {
  if (placeFree()) return true;
  // Invariant 3.
  sendersWait_.store(true);
  return placeFree();
}

bool ChannelCore::placeFree() noexcept {
  if (values_ + batched_ + promisedPlaces_ < capacity_) return true;
  settleBatch();
  return values_ + batched_ + promisedPlaces_ < capacity_;
}

void ChannelCore::settleBatch() noexcept {
  // Invariant 3. What was received need not be seen: the places are only counted.
  const std::size_t received = received_.load();
  batched_ -= received - settled_;
  settled_ = received;
}

void ChannelCore::endBatches() noexcept {
  // Written once: other Receivers read it without the lock.
  if (!hasBatches_) return;
  hasBatches_ = false;
  settleBatch();
  values_ += std::exchange(batched_, 0);
}

bool ChannelCore::takesBatch() noexcept {
  if (!hasBatches_ || values_ == 0) return false;
  settleBatch();
  batched_ = std::exchange(values_, 0);
  return true;
}

void ChannelCore::receivedOne() noexcept {
  // Invariant 3. An exchange, so that the look comes after it.
  received_.exchange(received_.load(std::memory_order_relaxed) + 1);
  if (!sendersWait_.load()) return;
  std::lock_guard lock(mutex_);
  promisePlaces();
}

void ChannelCore::promisePlaces() noexcept {
  while (!sending_.empty() && placeFree() && sending_.signalOne()) ++promisedPlaces_;
  // Relaxed: who sees it set takes the lock, and is mistaken at worst.
  if (sending_.empty()) sendersWait_.store(false, std::memory_order_relaxed);
}

void ChannelCore::promiseValues() noexcept {
  while (valueFree() && receiving_.signalOne()) ++promisedValues_;
}

void ChannelCore::addSender() noexcept {
  std::lock_guard lock(mutex_);
  ++senders_;
}

void ChannelCore::dropSender() noexcept {
  std::lock_guard lock(mutex_);
  if (--senders_ == 0) receiving_.signalAll();
}

void ChannelCore::addReceiver() noexcept {
  std::lock_guard lock(mutex_);
  ++receivers_;
  endBatches();
}

bool ChannelCore::dropReceiver() noexcept {
  std::lock_guard lock(mutex_);
  if (--receivers_ > 0) return false;
  sending_.signalAll();
  return true;
}

}  // namespace troop
