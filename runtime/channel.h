// A Channel is a bounded queue between any number of senders and receivers, in Tasks and in OS
// threads. Who waits longest is served first.
//
// Ownership: Sender and Receiver are handles, copied for each further producer or consumer. When
// the last Sender is gone, receivers get what is left and then nothing; when the last Receiver is
// gone, what is left is destroyed and sending fails. Threads: any; a handle by one at a time.
// Limits: `capacity` values, at least 1, whose room is paid for by the troop that makes it. Fails:
// making one where that cannot pay throws Error (overloaded, memory); waits throw as in
// runtime/event.h; those that are called ...NoThrow say it in their result, for destructors and
// noexcept functions.
//
//   auto [sender, receiver] = channel<std::string>(64);
//   sender.send("hello").value();
//   while (std::optional<std::string> line = receiver.receive()) print(*line);
#pragma once

#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
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

template <typename T>
class Channel final : public ChannelCore {
 public:
  explicit Channel(std::size_t capacity)
      : ChannelCore(capacity, chargeCaller(roomBytes(capacity))) {}

 private:
  friend class Sender<T>;
  friend class Receiver<T>;
  friend struct async::ChannelAccess;

  // In full from the start: a queue that grew at the expense of who made it would fail in who
  // sends.
  static std::size_t roomBytes(std::size_t capacity) noexcept {
    constexpr std::size_t emptyDequeBytes = 576;  // of the standard library
    constexpr std::size_t bytes = sizeof(Channel) + emptyDequeBytes;
    return capacity > (unlimited - bytes) / sizeof(T) ? unlimited : bytes + capacity * sizeof(T);
  }

  void put(T&& value) {
    try {
      queue_.push_back(std::move(value));
    } catch (...) {
      placeUnused();
      throw;
    }
    placeUsed();
  }

  T take() {
    try {
      std::deque<T>& first = batch_.empty() ? queue_ : batch_;
      T value = std::move(first.front());
      first.pop_front();
      valueTaken();
      if (takesBatch()) batch_.swap(queue_);
      return value;
    } catch (...) {
      valueUntaken();
      throw;
    }
  }

  bool batchEmpty() const noexcept { return !hasBatches() || batch_.empty(); }
  T takeFromBatch() {  // without the lock
    T value = std::move(batch_.front());
    batch_.pop_front();
    receivedOne();
    return value;
  }
  std::deque<T> queue_;  // protected by mutex_
  alignas(64) std::deque<
      T> batch_;  // before those of queue_; of the only Receiver, else protected by mutex_
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
    if (turn != Channel<T>::Turn::own) return channel_->placeError(turn);
    channel_->put(std::move(value));
    return {};
  }

 private:
  template <typename U>
  friend std::pair<Sender<U>, Receiver<U>> channel(std::size_t capacity);
  friend struct async::ChannelAccess;
  explicit Sender(Ref<Channel<T>> channel) : channel_(std::move(channel)) {}

  Expected<void> send(T&& value, Time deadline, typename Channel<T>::Telling telling) {
    Waiter& waiter = channel_->enter(telling);
    std::unique_lock lock(channel_->mutex_);
    const auto turn = channel_->takePlace(waiter, lock, deadline, telling);
    if (turn != Channel<T>::Turn::own) return channel_->placeError(turn);
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
    if (!channel_ || !channel_->dropReceiver()) return;
    std::deque<T> rest, batch;  // destroyed without the lock: values may own anything
    std::lock_guard lock(channel_->mutex_);
    std::swap(rest, channel_->queue_);
    std::swap(batch, channel_->batch_);
  }

  // Waits for a value; none when no Sender is left, or the Task was cancelled while an exception
  // unwinds.
  std::optional<T> receive() {
    Expected<T> value = receiveUntil(never);
    return value.failed() ? std::nullopt : std::optional<T>(std::move(value).value());
  }

  // Fails with disconnected when no Sender is left, and with overloaded/deadline when `deadline`
  // passes.
  Expected<T> receiveUntil(Time deadline) {
    return receive(deadline, Channel<T>::Telling::byException);
  }
  // The same, and fails with failed/cancelled where the Task was cancelled.
  Expected<T> receiveNoThrow(Time deadline = never) {
    return receive(deadline, Channel<T>::Telling::byResult);
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
  explicit Receiver(Ref<Channel<T>> channel) : channel_(std::move(channel)) {}

  Expected<T> receive(Time deadline, typename Channel<T>::Telling telling) {
    Waiter& waiter = channel_->enter(telling);
    if (!channel_->batchEmpty()) return channel_->takeFromBatch();
    std::unique_lock lock(channel_->mutex_);
    const auto turn = channel_->takeValue(waiter, lock, deadline, telling);
    if (turn != Channel<T>::Turn::own) return channel_->valueError(turn);
    return channel_->take();
  }

  Ref<Channel<T>> channel_;
};

// Throws Error (failed) where `capacity` is 0.
template <typename T>
std::pair<Sender<T>, Receiver<T>> channel(std::size_t capacity) {
  Ref<Channel<T>> channel = makeRef<Channel<T>>(capacity);
  return {Sender<T>(channel), Receiver<T>(channel)};
}

template <typename T>
struct IsSendable<Sender<T>> : IsSendable<T> {};
template <typename T>
struct IsSendable<Receiver<T>> : IsSendable<T> {};

}  // namespace troop
