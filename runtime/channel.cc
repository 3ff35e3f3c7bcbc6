#include "runtime/channel.h"

#include <fmt/format.h>

#include <utility>

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

ChannelCore::ChannelCore(std::size_t capacity) : capacity_(capacity) {
  if (capacity == 0) throw Error(ErrorKind::failed, "a channel has room for at least one value");
}

Expected<void> ChannelCore::takePlace(std::unique_lock<ShortLock>& lock, Time deadline) {
  if (receivers_ == 0) return closedError("receiver");
  if (placeFree()) return {};
  sendersWait_.store(true);
  if (placeFree()) return {};
  const WaitResult waited =
      sending_.wait(lock, deadline, Interruption::allowed, "room in a channel");
  switch (Waiter::ofCaller().conclude(waited, deadline)) {
    case WaitResult::timedOut:
      return deadlinePassedError();
    case WaitResult::cancelled:
      return cancelledError();
    case WaitResult::signalled:
      break;
  }
  if (receivers_ == 0) return closedError("receiver");
  --promisedPlaces_;
  return {};
}

Expected<void> ChannelCore::takeValue(std::unique_lock<ShortLock>& lock, Time deadline) {
  if (valueFree()) return {};
  if (senders_ == 0) return closedError("sender");
  const WaitResult waited =
      receiving_.wait(lock, deadline, Interruption::allowed, "a value in a channel");
  switch (Waiter::ofCaller().conclude(waited, deadline)) {
    case WaitResult::timedOut:
      return deadlinePassedError();
    case WaitResult::cancelled:
      return cancelledError();
    case WaitResult::signalled:
      break;
  }
  // Without a promise it was woken because the last sender has gone.
  if (promisedValues_ == 0) return closedError("sender");
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
  sendersWait_.store(!sending_.empty());
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
  // What is left of a batch is everybody's.
  settleBatch();
  values_ += std::exchange(batched_, 0);
  hasBatches_ = false;
}

bool ChannelCore::dropReceiver() noexcept {
  std::lock_guard lock(mutex_);
  if (--receivers_ > 0) return false;
  sending_.signalAll();
  return true;
}

}  // namespace troop
