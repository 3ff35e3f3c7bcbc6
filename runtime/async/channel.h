// What an Async awaits of Channels.
//
// Ownership, threads, limits: as runtime/channel.h. Fails: co_await throws as all waits of an Async
// do (runtime/async/wait.h); what they give says the rest as Sender::send() and Receiver::receive()
// do. A value that was promised is never lost, whatever else happens to the Task. Misuse: what is
// to be awaited kept and awaited twice.
//
//   while (std::optional<Order> order = co_await async::receive(orders)) ...
//   (co_await async::send(bills, std::move(bill))).value();
#pragma once

#include <coroutine>
#include <mutex>
#include <optional>
#include <type_traits>
#include <utility>

#include "runtime/async/channel-access.h"
#include "runtime/base/short-lock.h"
#include "runtime/channel.h"
#include "runtime/error.h"
#include "runtime/time.h"

namespace [[gnu::visibility("hidden")]] troop {
namespace async {

// NOLINTBEGIN(readability-identifier-naming): the language asks for these names

class ChannelWait {
 public:
  ChannelWait(ChannelCore& core, Side side, Time deadline) noexcept
      : core_(core), deadline_(deadline), side_(side) {}
  bool await_ready() const;
  bool await_suspend(std::coroutine_handle<> leaf);

 protected:
  // Whether there is a place, or a value, and then with the lock of the channel, which is taken
  // here.
  ChannelAccess::Turn outcome(std::unique_lock<ShortLock>& lock);

 private:
  ChannelCore& core_;
  const Time deadline_;
  const Side side_;
  Found found_ = Found::nothing;
};

// `Result` has a value, or says by being none, or in an Error, why there is none.
template <typename T, typename Result>
class [[nodiscard]] ReceiveAs : public ChannelWait {
 public:
  ReceiveAs(const Receiver<T>& receiver, Time deadline) noexcept
      : ChannelWait(ChannelAccess::of(receiver), Side::receiving, deadline),
        channel_(ChannelAccess::of(receiver)) {}
  Result await_resume() {
    std::unique_lock<ShortLock> lock;
    const ChannelAccess::Turn turn = outcome(lock);
    if (turn == ChannelAccess::Turn::own) return ChannelAccess::take(channel_);
    if constexpr (std::is_same_v<Result, std::optional<T>>) {
      return std::nullopt;
    } else {
      return ChannelAccess::valueError(turn);
    }
  }

 private:
  Channel<T>& channel_;
};

template <typename T>
using ReceiveUntil = ReceiveAs<T, Expected<T>>;
template <typename T>
using Receive = ReceiveAs<T, std::optional<T>>;

template <typename T>
class [[nodiscard]] Send : public ChannelWait {
 public:
  Send(const Sender<T>& sender, T value, Time deadline)
      : ChannelWait(ChannelAccess::of(sender), Side::sending, deadline),
        channel_(ChannelAccess::of(sender)),
        value_(std::move(value)) {}
  Expected<void> await_resume() {
    std::unique_lock<ShortLock> lock;
    const ChannelAccess::Turn turn = outcome(lock);
    if (turn != ChannelAccess::Turn::own) return ChannelAccess::withoutPlace(channel_, turn);
    ChannelAccess::put(channel_, std::move(value_));
    return {};
  }

 private:
  Channel<T>& channel_;
  T value_;
};

// NOLINTEND(readability-identifier-naming)

// A value; none when no Sender is left.
template <typename T>
Receive<T> receive(const Receiver<T>& receiver) noexcept {
  return {receiver, never};
}
template <typename T>
ReceiveUntil<T> receiveUntil(const Receiver<T>& receiver, Time deadline) noexcept {
  return {receiver, deadline};
}

template <typename T>
Send<T> send(const Sender<T>& sender, std::type_identity_t<T> value, Time deadline = never) {
  return {sender, std::move(value), deadline};
}

}  // namespace async
}  // namespace troop
