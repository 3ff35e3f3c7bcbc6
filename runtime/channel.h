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

#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

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
//   1. values_ + promisedPlaces_ <= capacity_, and promisedValues_ <= values_
//   2. whoever is woken while both sides live was promised a place or a value, which nobody who
//   comes later can
//      take, and takes it when it runs, whatever else has happened to it meanwhile
class ChannelCore : public RefCounted {
 protected:
  explicit ChannelCore(std::size_t capacity);

  // Take a place, or a value; `lock` is held on mutex_, but not while they wait. placeUsed() or
  // valueTaken() follows, or placeUnused() or valueUntaken().
  Expected<void> takePlace(std::unique_lock<std::mutex>& lock, Time deadline);
  Expected<void> takeValue(std::unique_lock<std::mutex>& lock, Time deadline);
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

  std::mutex mutex_;

 private:
  void promisePlaces() noexcept;
  void promiseValues() noexcept;
  bool placeFree() const noexcept { return values_ + promisedPlaces_ < capacity_; }
  bool valueFree() const noexcept { return values_ > promisedValues_; }

  const std::size_t capacity_;
  // Protected by mutex_.
  std::size_t values_ = 0;
  std::size_t promisedPlaces_ = 0;
  std::size_t promisedValues_ = 0;
  std::size_t senders_ = 1;
  std::size_t receivers_ = 1;
  WaitList sending_;
  WaitList receiving_;
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
      T value = std::move(queue_.front());
      queue_.pop_front();
      valueTaken();
      return value;
    } catch (...) {
      valueUntaken();
      throw;
    }
  }

  std::deque<T> queue_;  // protected by mutex_
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
    std::deque<T> rest;  // destroyed without the lock: values may own anything
    std::lock_guard lock(channel_->mutex_);
    std::swap(rest, channel_->queue_);
  }

  // Waits for a value; none when no Sender is left, or the Task was cancelled while an exception
  // unwinds.
  std::optional<T> receive() {
    Expected<T> value = receiveUntil(never);
    if (value.failed()) return std::nullopt;
    return std::move(value).value();
  }

  // Fails with disconnected when no Sender is left, and with overloaded/deadline when `deadline`
  // passes.
  Expected<T> receiveUntil(Time deadline) {
    Waiter::ofCaller().enter();
    std::unique_lock lock(channel_->mutex_);
    if (Expected<void> turn = channel_->takeValue(lock, deadline); turn.failed()) {
      return std::move(turn).error();
    }
    return channel_->take();
  }

  // Fails with overloaded/quota when nothing is there.
  Expected<T> tryReceive() {
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
