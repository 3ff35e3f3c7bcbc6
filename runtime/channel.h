// A Channel is a bounded queue between any number of senders and receivers, in Tasks and in OS
// threads. Who waits longest is served first.
//
// Ownership: Sender and Receiver are handles, copied for each further producer or consumer. When
// the last Sender is gone, receivers get what is left and then nothing; when the last Receiver is
// gone, what is left is destroyed and sending fails. Threads: any; a handle by one at a time.
// Limits: `capacity` values, at least 1. Fails: waits throw as in runtime/event.h.
//
//   auto [sender, receiver] = channel<std::string>(64);
//   sender.send("hello").value();
//   while (std::optional<std::string> line = receiver.receive()) print(*line);
#pragma once

#include <atomic>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

#include "runtime/base/short-lock.h"
#include "runtime/error.h"
#include "runtime/ref.h"
#include "runtime/sched/waiter.h"
#include "runtime/sendable.h"
#include "runtime/time.h"

namespace troop {

template <typename T>
class Sender;
template <typename T>
class Receiver;

// The side of a Channel that is the same for all types: who waits, and what is promised to whom.
//
// The only Receiver there has ever been takes all values that are there at once, and gets on with
// this batch without the lock; what it has not received still has its places.
//
//   1. values_ + batched_ + promisedPlaces_ <= capacity_, and promisedValues_ <= values_
//   2. whoever is woken while both sides live was promised a place or a value, which nobody who
//      comes later can take, and takes it when it runs, whatever else has happened to it meanwhile
//   3. who receives from the batch counts in received_, then reads sendersWait_; who is about to
//      wait for a place sets sendersWait_, then reads received_: one of them sees the other
class ChannelCore : public RefCounted {
 protected:
  explicit ChannelCore(std::size_t capacity);

  // Take a place, or a value; `lock` is held on mutex_, but not while they wait. placeUsed() or
  // valueTaken() follows, or placeUnused() or valueUntaken().
  Expected<void> takePlace(std::unique_lock<ShortLock>& lock, Time deadline);
  Expected<void> takeValue(std::unique_lock<ShortLock>& lock, Time deadline);
  // The same without waiting.
  Expected<void> tryTakePlace();
  Expected<void> tryTakeValue();

  void placeUsed() noexcept;
  void placeUnused() noexcept { promisePlaces(); }
  void valueTaken() noexcept;
  void valueUntaken() noexcept { promiseValues(); }

  void addSender() noexcept;
  void dropSender() noexcept;
  void addReceiver() noexcept;
  // True for the last one, which destroys the values.
  bool dropReceiver() noexcept;

  // Whether who has just taken a value takes all others as a batch.
  bool takesBatch() noexcept;
  void receivedOne() noexcept;  // of the batch, without the lock
  bool hasBatches() const noexcept { return hasBatches_; }
  ShortLock mutex_;

 private:
  void promisePlaces() noexcept;
  void promiseValues() noexcept;
  bool placeFree() noexcept;
  void settleBatch() noexcept;  // counts what was received from the batch
  bool valueFree() const noexcept { return values_ > promisedValues_; }

  const std::size_t capacity_;
  // Protected by mutex_.
  std::size_t values_ = 0;   // in the queue
  std::size_t batched_ = 0;  // of the batch, those that settleBatch() has not counted
  std::size_t settled_ = 0;  // of received_
  std::size_t promisedPlaces_ = 0;
  std::size_t promisedValues_ = 0;
  std::size_t senders_ = 1;
  std::size_t receivers_ = 1;
  WaitList sending_;
  WaitList receiving_;
  bool hasBatches_ = true;                // written by the only Receiver's owner
  std::atomic<std::size_t> received_{0};  // from batches; written by the only Receiver
  std::atomic<bool> sendersWait_{false};  // for places; written under mutex_
};

template <typename T>
class Channel final : public ChannelCore {
 public:
  explicit Channel(std::size_t capacity) : ChannelCore(capacity) {}

 private:
  friend class Sender<T>;
  friend class Receiver<T>;

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
  std::deque<T> batch_;  // before those of queue_; of the only Receiver, else protected by mutex_
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
    Waiter::ofCaller().enter();
    std::unique_lock lock(channel_->mutex_);
    Expected<void> place = channel_->takePlace(lock, deadline);
    if (place.succeeded()) channel_->put(std::move(value));
    return place;
  }

  // Fails with overloaded/quota when the Channel is full; `value` is moved from only on success.
  Expected<void> trySend(T&& value) {
    std::unique_lock lock(channel_->mutex_);
    Expected<void> place = channel_->tryTakePlace();
    if (place.succeeded()) channel_->put(std::move(value));
    return place;
  }

 private:
  template <typename U>
  friend std::pair<Sender<U>, Receiver<U>> channel(std::size_t capacity);
  explicit Sender(Ref<Channel<T>> channel) : channel_(std::move(channel)) {}

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
    Waiter::ofCaller().enter();
    if (!channel_->batchEmpty()) return channel_->takeFromBatch();
    std::unique_lock lock(channel_->mutex_);
    if (Expected<void> turn = channel_->takeValue(lock, deadline); turn.failed()) {
      return std::move(turn).error();
    }
    return channel_->take();
  }

  // Fails with overloaded/quota when nothing is there.
  Expected<T> tryReceive() {
    if (!channel_->batchEmpty()) return channel_->takeFromBatch();
    std::unique_lock lock(channel_->mutex_);
    if (Expected<void> turn = channel_->tryTakeValue(); turn.failed()) {
      return std::move(turn).error();
    }
    return channel_->take();
  }

 private:
  template <typename U>
  friend std::pair<Sender<U>, Receiver<U>> channel(std::size_t capacity);
  explicit Receiver(Ref<Channel<T>> channel) : channel_(std::move(channel)) {}

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
