// select() waits for the first of several channels that is ready, takes exactly one of them, and
// calls the function that stands with it. Which of several ready ones is drawn, so that none
// starves.
//
// A receiver is ready when it has a value, or no Sender is left (then its function gets none); a
// sender when there is room, or no Receiver is left (then its function gets the error). Nothing is
// lost: a value that was not taken stays in its channel, a value that was not sent is destroyed
// with its case.
//
// Ownership: channels and functions outlive the call. Threads: select() in Tasks with stacks and in
// OS threads, async::select() in coroutines; handles by one at a time, as always. Fails: waits
// throw as in runtime/event.h; the functions may throw anything, after what they stand for has
// happened. Where a destructor waits and its Task was cancelled, no function is called.
//
//   select(whenReceived(orders, [&](std::optional<Order> order) { ... }),
//          whenSent(bills, std::move(bill), [&](Expected<void> sent) { ... }),
//          whenPassed(after(1s), [&] { ... }));      // or otherwise([&] { ... }), which never
//          waits
#pragma once

#include <array>
#include <coroutine>
#include <cstddef>
#include <mutex>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

#include "runtime/async/channel-access.h"
#include "runtime/async/selection.h"
#include "runtime/channel.h"
#include "runtime/error.h"
#include "runtime/time.h"

namespace troop {

template <typename T, typename F>
class ReceiveCase final : public SelectCase {
 public:
  ReceiveCase(const Receiver<T>& receiver, F function)
      : SelectCase(&async::ChannelAccess::of(receiver), async::Side::receiving, never),
        channel_(async::ChannelAccess::of(receiver)),
        function_(std::move(function)) {}
  void run() override {
    std::optional<T> value;
    {
      std::unique_lock lock(async::ChannelAccess::mutex(channel_));
      if (redeem()) value.emplace(async::ChannelAccess::take(channel_));
    }
    function_(std::move(value));
  }

 private:
  Channel<T>& channel_;
  F function_;
};

template <typename T, typename F>
class SendCase final : public SelectCase {
 public:
  SendCase(const Sender<T>& sender, T value, F function)
      : SelectCase(&async::ChannelAccess::of(sender), async::Side::sending, never),
        channel_(async::ChannelAccess::of(sender)),
        value_(std::move(value)),
        function_(std::move(function)) {}
  void run() override {
    std::unique_lock lock(async::ChannelAccess::mutex(channel_));
    Expected<void> place = redeem();
    if (place) async::ChannelAccess::put(channel_, std::move(value_));
    lock.unlock();
    function_(std::move(place));
  }

 private:
  Channel<T>& channel_;
  T value_;
  F function_;
};

// What happens at a time; at once, where that is long past.
template <typename F>
class TimeCase final : public SelectCase {
 public:
  TimeCase(Time when, F function)
      : SelectCase(nullptr, async::Side::receiving, when), function_(std::move(function)) {}
  void run() override { function_(); }

 private:
  F function_;
};

namespace async {

// NOLINTBEGIN(readability-identifier-naming): the language asks for these names
template <typename... Cases>
class [[nodiscard]] SelectWait {
 public:
  explicit SelectWait(Cases... cases) : cases_(std::move(cases)...) {}
  SelectWait(const SelectWait&) = delete;
  SelectWait& operator=(const SelectWait&) = delete;

  bool await_ready() {
    selection_.enter();
    return false;
  }
  bool await_suspend(std::coroutine_handle<> leaf) { return selection_.suspend(leaf); }
  std::size_t await_resume() { return selection_.resume(); }

  std::size_t wait() { return selection_.wait(); }

 private:
  template <std::size_t... i>
  std::array<SelectCase*, sizeof...(Cases)> pointers(std::index_sequence<i...>) noexcept {
    return {&std::get<i>(cases_)...};
  }

  std::tuple<Cases...> cases_;
  std::array<SelectCase*, sizeof...(Cases)> pointers_ =
      pointers(std::index_sequence_for<Cases...>());
  Selection selection_{pointers_};
};
// NOLINTEND(readability-identifier-naming)

// Gives the position of the case whose function it has called.
template <typename... Cases>
SelectWait<Cases...> select(Cases... cases) {
  return SelectWait<Cases...>(std::move(cases)...);
}

}  // namespace async

template <typename T, typename F>
auto whenReceived(const Receiver<T>& receiver, F function) {
  return ReceiveCase<T, F>(receiver, std::move(function));
}
template <typename T, typename F>
auto whenSent(const Sender<T>& sender, std::type_identity_t<T> value, F function) {
  return SendCase<T, F>(sender, std::move(value), std::move(function));
}
template <typename F>
auto whenPassed(Time when, F function) {
  return TimeCase<F>(when, std::move(function));
}
template <typename F>
auto otherwise(F function) {
  return TimeCase<F>(Time::min(), std::move(function));
}

// Gives the position of the case whose function it has called; the number of cases where none was.
template <typename... Cases>
std::size_t select(Cases... cases) {
  return async::SelectWait<Cases...>(std::move(cases)...).wait();
}

}  // namespace troop
