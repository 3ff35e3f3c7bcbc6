// The two sides of a Channel as those see them who wait for several things, or without a stack.
//
// Whoever finds something there is promised it under the channel's lock, as is whoever was woken,
// and redeems the promise when it runs: so what was ready cannot be taken by others meanwhile.
//
// Ownership: none. Threads: all but of() under the lock of the channel, mutex().
#pragma once

#include <cstddef>
#include <type_traits>
#include <utility>

#include "runtime/base/short-lock.h"
#include "runtime/channel.h"
#include "runtime/error.h"
#include "runtime/sched/waiter.h"

namespace [[gnu::visibility("hidden")]] troop {
namespace async {

enum class Side : unsigned char { sending, receiving };

using Found = ChannelCore::Found;

struct ChannelAccess {
  using Turn = ChannelCore::Turn;

  template <typename T>
  static Channel<T>& of(const Sender<T>& sender) noexcept {
    return *sender.channel_;
  }
  template <typename T>
  static Channel<T>& of(const Receiver<T>& receiver) noexcept {
    return *receiver.channel_;
  }

  static ShortLock& mutex(ChannelCore& core) noexcept { return core.mutex_; }
  static WaitList& waiting(ChannelCore& core, Side side) noexcept {
    return side == Side::sending ? core.sending_ : core.receiving_;
  }
  static const char* what(Side side) noexcept {
    return side == Side::sending ? "room in a channel" : "a value in a channel";
  }
  static bool ready(ChannelCore& core, Side side) noexcept {
    if (side == Side::sending) return core.receivers_ == 0 || core.findPlace();
    core.endBatches();
    return core.senders_ == 0 || core.valueFree();
  }
  static Found look(ChannelCore& core, Side side) noexcept {
    return side == Side::sending ? core.promisePlace() : core.promiseValue();
  }
  // What came of the wait of `waiter`, which throws as every wait does.
  static Turn concluded(Waiter& waiter, WaitResult waited, Time deadline) {
    return ChannelCore::concluded(waiter, waited, deadline, ChannelCore::Telling::byException);
  }
  static Turn redeem(ChannelCore& core, Side side, Found found) noexcept {
    return side == Side::sending ? core.redeemPlace(found) : core.redeemValue(found);
  }
  // Why there is no place, or no value.
  static Expected<void> withoutPlace(const ChannelCore& core, Turn turn) {
    return core.withoutPlace(turn);
  }
  static Error valueError(Turn turn) { return ChannelCore::valueError(turn); }

  template <typename T>
  static void put(Channel<T>& channel, std::type_identity_t<T>&& value) {
    channel.put(std::move(value));
  }
  template <typename T>
  static T take(Channel<T>& channel) {
    return channel.take();
  }
};

}  // namespace async
}  // namespace troop
