#include "runtime/channel.h"

#include <fmt/format.h>

#include <cstdint>
#include <limits>
#include <new>
#include <string>
#include <utility>

#include "runtime/sched/waiter.h"

namespace troop {
namespace {

Error noRoom(const std::string& wanted) {
  return Error(ErrorKind::overloaded, fmt::format("a channel cannot have room for {}", wanted),
               ErrorDetail::memory, Executed::no);
}

}  // namespace

ChannelCore::Room ChannelCore::roomFor(std::size_t capacity, std::size_t objectBytes,
                                       std::size_t slotBytes) {
  if (capacity == 0) throw Error(ErrorKind::failed, "a channel has room for at least one value");
  // Slots are counted in 32 bits, and no object is larger than what a difference of addresses says.
  constexpr std::size_t slotsMax = std::numeric_limits<std::uint32_t>::max();
  constexpr std::size_t bytesMax = std::numeric_limits<std::ptrdiff_t>::max();
  if (capacity > slotsMax || capacity - 1 > (bytesMax - objectBytes) / slotBytes) {
    throw noRoom(fmt::format("{} values", capacity));
  }
  return {objectBytes + (capacity - 1) * slotBytes};
}

void* ChannelCore::operator new(std::size_t, std::align_val_t alignment, Room room) {
  void* const memory = ::operator new(room.bytes, alignment, std::nothrow);
  if (memory == nullptr) throw noRoom(fmt::format("{} bytes", room.bytes));
  return memory;
}

void ChannelCore::operator delete(void* memory, std::align_val_t alignment, Room) noexcept {
  ::operator delete(memory, alignment);
}

void ChannelCore::operator delete(void* memory, std::align_val_t alignment) noexcept {
  ::operator delete(memory, alignment);
}

ChannelCore::ChannelCore(std::size_t capacity, Charge paid) noexcept
    : slots_(static_cast<std::uint32_t>(capacity)), capacity_(slots_), charge_(std::move(paid)) {}

Waiter& ChannelCore::enter(Telling telling) {
  Waiter& waiter = Waiter::ofCaller();
  if (telling == Telling::byException) {
    waiter.enter();
  } else {
    waiter.giveWay();
  }
  return waiter;
}

ChannelCore::Turn ChannelCore::concluded(Waiter& waiter, WaitResult waited, Time deadline,
                                         Telling telling) {
  if (waited == WaitResult::signalled) return Turn::own;
  if (telling == Telling::byException) waited = waiter.conclude(waited, deadline);
  return waited == WaitResult::timedOut ? Turn::timedOut : Turn::cancelled;
}

ChannelCore::Turn ChannelCore::awaitPlace(Waiter& waiter, std::unique_lock<ShortLock>& lock,
                                          Time deadline, Telling telling) {
  const WaitResult waited =
      sending_.wait(waiter, lock, deadline, Interruption::allowed, "room in a channel");
  const Turn turn = concluded(waiter, waited, deadline, telling);
  return turn == Turn::own ? redeemPlace(Found::nothing) : turn;
}

ChannelCore::Turn ChannelCore::awaitValue(Waiter& waiter, std::unique_lock<ShortLock>& lock,
                                          Time deadline, Telling telling) {
  if (senders_ == 0) return Turn::closed;
  const WaitResult waited =
      receiving_.wait(waiter, lock, deadline, Interruption::allowed, "a value in a channel");
  const Turn turn = concluded(waiter, waited, deadline, telling);
  return turn == Turn::own ? redeemValue(Found::nothing) : turn;
}

Error ChannelCore::placeError(Turn turn) const {
  if (turn != Turn::unavailable) return error(turn, "receiver");
  return Error(ErrorKind::overloaded, fmt::format("the channel is full ({} values)", capacity_),
               ErrorDetail::quota, Executed::no);
}

Error ChannelCore::valueError(Turn turn) {
  if (turn != Turn::unavailable) return error(turn, "sender");
  return Error(ErrorKind::overloaded, "the channel is empty", ErrorDetail::quota, Executed::no);
}

Error ChannelCore::error(Turn turn, const char* otherSide) {
  switch (turn) {
    case Turn::timedOut:
      return Error(ErrorKind::overloaded, "the deadline has passed", ErrorDetail::deadline,
                   Executed::no);
    case Turn::cancelled:
      return Error(ErrorKind::failed, "cancelled", ErrorDetail::cancelled, Executed::no);
    default:
      return Error(ErrorKind::disconnected,
                   fmt::format("the channel has no {} any more", otherSide), ErrorDetail::none,
                   Executed::no);
  }
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

ChannelCore::Turn ChannelCore::redeemPlace(Found found) noexcept {
  if (found == Found::closed || receivers_ == 0) return Turn::closed;
  --promisedPlaces_;
  return Turn::own;
}

ChannelCore::Turn ChannelCore::redeemValue(Found found) noexcept {
  // Without a promise it was woken because the last sender has gone.
  if (found == Found::closed || promisedValues_ == 0) return Turn::closed;
  --promisedValues_;
  return Turn::own;
}

ChannelCore::Turn ChannelCore::tryTakePlace() noexcept {
  if (receivers_ == 0) return Turn::closed;
  return placeFree() ? Turn::own : Turn::unavailable;
}

ChannelCore::Turn ChannelCore::tryTakeValue() noexcept {
  if (valueFree()) return Turn::own;
  return senders_ == 0 ? Turn::closed : Turn::unavailable;
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
  // Invariants 3 and 4.
  const std::uint32_t received = received_.load();
  batched_ -= received - settled_;
  settled_ = received;
}

void ChannelCore::endBatches() noexcept {
  // inBatch_ is written once: other Receivers read it without the lock.
  if (!hasBatches_) return;
  hasBatches_ = false;
  inBatch_ = 0;
  settleBatch();
  values_ += std::exchange(batched_, 0);
}

void ChannelCore::batchAll() noexcept {
  settleBatch();
  batched_ = inBatch_ = std::exchange(values_, 0);
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

void ChannelCore::offerValue() noexcept {
  // One value has come, which is for one at most.
  if (valueFree() && receiving_.signalOne()) ++promisedValues_;
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

std::uint32_t ChannelCore::dropReceiver() noexcept {
  std::lock_guard lock(mutex_);
  if (--receivers_ > 0) return 0;
  sending_.signalAll();
  endBatches();
  return std::exchange(values_, 0);
}

}  // namespace troop
