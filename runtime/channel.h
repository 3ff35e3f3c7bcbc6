// A Channel is a bounded queue between any number of senders and receivers, in Tasks and in OS
// threads. Who waits longest is served first.
//
// Ownership: Sender and Receiver are handles, copied for each further producer or consumer. When
// the last Sender is gone, receivers get what is left and then nothing; when the last Receiver is
// gone, what is left is destroyed and sending fails. Threads: any; a handle by one at a time.
// Limits: `capacity` values, from 1 to below 2^32, whose room is there from the start and paid for
// by the troop that makes it; pages of it that no value has touched take no memory. Fails: making
// one throws Error (overloaded, memory) where there is no such room or that cannot pay; waits throw
// as in runtime/event.h; those that are called ...NoThrow say it in their result, for destructors
// and noexcept functions. Misuse: who holds handles of both sides never learns that the other is
// gone.
//
//   auto [sender, receiver] = channel<std::string>(64);
//   sender.send("hello").value();
//   while (std::optional<std::string> line = receiver.receive()) print(*line);
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <type_traits>
#include <utility>

#include "runtime/budget.h"
#include "runtime/error.h"
#include "runtime/heap/charge-caller.h"
#include "runtime/ref.h"
#include "runtime/sched/channel-core.h"
#include "runtime/sendable.h"
#include "runtime/time.h"

namespace [[gnu::visibility("hidden")]] troop {

template <typename T>
class Sender;
template <typename T>
class Receiver;
namespace async {
struct ChannelAccess;
}
namespace deadlock {
struct ChannelKinds;
}

template <typename T>
class Channel final : public ChannelCore {
 private:
  friend class Sender<T>;
  friend class Receiver<T>;
  friend struct async::ChannelAccess;
  template <typename U>
  friend std::pair<Sender<U>, Receiver<U>> channel(std::size_t capacity);

  // In full from the start: a queue that grew at the expense of who made it would fail in who
  // sends.
  static Ref<Channel> make(std::size_t capacity) {
    const Room room = roomFor(capacity, sizeof(Channel), sizeof(T));
    Charge paid = chargeCaller(room.bytes);
    return Ref<Channel>::adopt(new (room) Channel(capacity, std::move(paid)));
  }

  using ChannelCore::ChannelCore;

  T* slot(std::size_t index) noexcept {
    return reinterpret_cast<T*>(static_cast<std::byte*>(ring_) + index * sizeof(T));
  }

  void put(T&& value) {
    try {
      std::construct_at(slot(lastSlot()), std::move(value));
    } catch (...) {
      placeUnused();
      throw;
    }
    placeUsed();
  }

  T take() {
    try {
      T value = moved();
      valueTaken();
      return value;
    } catch (...) {
      valueUntaken();
      throw;
    }
  }

  T takeFromBatch() {  // without the lock
    T value = moved();
    batchedTaken();
    return value;
  }

  // The first value; its slot is raw again. Returned where it is made, so that only the first move,
  // before which nothing has happened, may throw.
  T moved() {
    T& first = *slot(firstSlot());
    T value = std::move(first);
    std::destroy_at(&first);
    return value;
  }

  void destroyRest(std::uint32_t values) noexcept {
    for (; values > 0; --values) {
      std::destroy_at(slot(firstSlot()));
      restDestroyed();
    }
  }

  // Raw slots: the first one, which the others follow behind the object.
  alignas(T) std::byte ring_[sizeof(T)];
};

template <typename T>
class Sender {
 public:
  Sender(const Sender& other) noexcept : channel_(other.channel_) {
    if (channel_) channel_->addSender();
  }
  Sender(Sender&& other) noexcept = default;
  Sender& operator=(Sender other) noexcept {
    std::swap(channel_, other.channel_);
    return *this;
  }
  ~Sender() {
    if (channel_) channel_->dropSender();
  }

  // Waits while the Channel is full. Fails with disconnected when no Receiver is left, and with
  // overloaded/deadline when `deadline` passes first.
  Expected<void> send(T value, Time deadline = never) {
    return send(std::move(value), deadline, Channel<T>::Telling::byException);
  }
  // The same, and fails with failed/cancelled where the Task was cancelled.
  Expected<void> sendNoThrow(T value, Time deadline = never) {
    return send(std::move(value), deadline, Channel<T>::Telling::byResult);
  }

  // Fails with overloaded/quota when the Channel is full; `value` is moved from only on success.
  Expected<void> trySend(T&& value) {
    std::unique_lock lock(channel_->mutex_);
    const auto turn = channel_->tryTakePlace();
    if (turn != Channel<T>::Turn::own) return channel_->withoutPlace(turn);
    channel_->put(std::move(value));
    return {};
  }

 private:
  template <typename U>
  friend std::pair<Sender<U>, Receiver<U>> channel(std::size_t capacity);
  friend struct async::ChannelAccess;
  friend struct deadlock::ChannelKinds;
  explicit Sender(Ref<Channel<T>> channel) : channel_(std::move(channel)) {}

  Expected<void> send(T&& value, Time deadline, typename Channel<T>::Telling telling) {
    Waiter& waiter = channel_->enter(telling);
    std::unique_lock lock(channel_->mutex_);
    const auto turn = channel_->takePlace(waiter, lock, deadline, telling);
    if (turn != Channel<T>::Turn::own) return channel_->withoutPlace(turn);
    channel_->put(std::move(value));
    return {};
  }

  Ref<Channel<T>> channel_;
};

template <typename T>
class Receiver {
 public:
  Receiver(const Receiver& other) noexcept : channel_(other.channel_) {
    if (channel_) channel_->addReceiver();
  }
  Receiver(Receiver&& other) noexcept = default;
  Receiver& operator=(Receiver other) noexcept {
    std::swap(channel_, other.channel_);
    return *this;
  }
  ~Receiver() {
    // Values may own anything.
    if (channel_) channel_->destroyRest(channel_->dropReceiver());
  }

  // Waits for a value; none when no Sender is left, or the Task was cancelled while an exception
  // unwinds.
  std::optional<T> receive() {
    return receive<std::optional<T>>(never, Channel<T>::Telling::byException);
  }

  // Fails with disconnected when no Sender is left, and with overloaded/deadline when `deadline`
  // passes.
  Expected<T> receiveUntil(Time deadline) {
    return receive<Expected<T>>(deadline, Channel<T>::Telling::byException);
  }
  // The same, and fails with failed/cancelled where the Task was cancelled.
  Expected<T> receiveNoThrow(Time deadline = never) {
    return receive<Expected<T>>(deadline, Channel<T>::Telling::byResult);
  }

  // Fails with overloaded/quota when nothing is there.
  Expected<T> tryReceive() {
    if (!channel_->batchEmpty()) return channel_->takeFromBatch();
    std::unique_lock lock(channel_->mutex_);
    const auto turn = channel_->tryTakeValue();
    if (turn != Channel<T>::Turn::own) return channel_->valueError(turn);
    return channel_->take();
  }

 private:
  template <typename U>
  friend std::pair<Sender<U>, Receiver<U>> channel(std::size_t capacity);
  friend struct async::ChannelAccess;
  friend struct deadlock::ChannelKinds;
  explicit Receiver(Ref<Channel<T>> channel) : channel_(std::move(channel)) {}

  // `Result` has a value, or says by being none, or in an Error, why there is none.
  template <typename Result>
  Result receive(Time deadline, typename Channel<T>::Telling telling) {
    Waiter& waiter = channel_->enter(telling);
    if (!channel_->batchEmpty()) return channel_->takeFromBatch();
    std::unique_lock lock(channel_->mutex_);
    const auto turn = channel_->takeValue(waiter, lock, deadline, telling);
    if (turn == Channel<T>::Turn::own) return channel_->take();
    if constexpr (std::is_same_v<Result, std::optional<T>>) {
      return std::nullopt;
    } else {
      return channel_->valueError(turn);
    }
  }

  Ref<Channel<T>> channel_;
};

// Throws Error (failed) where `capacity` is 0.
template <typename T>
std::pair<Sender<T>, Receiver<T>> channel(std::size_t capacity) {
  Ref<Channel<T>> channel = Channel<T>::make(capacity);
  return {Sender<T>(channel), Receiver<T>(channel)};
}

template <typename T>
struct IsSendable<Sender<T>> : IsSendable<T> {};
template <typename T>
struct IsSendable<Receiver<T>> : IsSendable<T> {};

}  // namespace troop
