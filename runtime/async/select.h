// select() waits for the first of several channels that is ready, takes exactly one of them, and
// calls the function that stands with it. Which of several ready ones is drawn, so that none
// starves.
//
// A receiver is ready when it has a value, or no Sender is left (then its function gets none); a
// sender when there is room, or no Receiver is left (then its function gets the error). Nothing is
// lost: a value that was not taken stays in its channel, a value that was not sent is destroyed
// with its case. selectOf() receives from the first of as many channels as there are.
//
// Ownership: channels and functions outlive the call. Threads: select() in Tasks with stacks and in
// OS threads, async::select() in coroutines; handles by one at a time, as always. Fails: waits
// throw as in runtime/event.h; the functions may throw anything, after what they stand for has
// happened. Where no wait may throw (runtime/task.h) and the Task was cancelled, no function is
// called, and the result is the number of cases. Limits: as many cases as the call has, or
// selectOf() is given; each look goes over all. Misuse: functions that wait long, while who sends
// to the other channels stands still.
//
//   select(whenReceived(orders, [&](std::optional<Order> order) { ... }),
//          whenSent(bills, std::move(bill), [&](Expected<void> sent) { ... }),
//          whenPassed(after(1s), [&] { ... }));   // or otherwise([&] { ... }), which never waits
//   selectOf(shops, [&](std::size_t shop, std::optional<Order> order) { ... });
#pragma once

#include <algorithm>
#include <array>
#include <coroutine>
#include <cstddef>
#include <mutex>
#include <optional>
#include <ranges>
#include <span>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "runtime/async/channel-access.h"
#include "runtime/async/selection.h"
#include "runtime/channel.h"
#include "runtime/error.h"
#include "runtime/time.h"

namespace [[gnu::visibility("hidden")]] troop {

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
      if (redeem() == Turn::own) value.emplace(async::ChannelAccess::take(channel_));
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
    const Turn turn = redeem();
    Expected<void> place;
    if (turn == Turn::own) {
      async::ChannelAccess::put(channel_, std::move(value_));
    } else {
      place = async::ChannelAccess::withoutPlace(channel_, turn);
    }
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

// NOLINTBEGIN(readability-identifier-naming): the language asks for these names
template <typename T, typename F>
class [[nodiscard]] SelectOfWait {
 public:
  SelectOfWait(std::span<const Receiver<T>> receivers, F function, Time deadline)
      : function_(std::move(function)), passed_(deadline, [] {}) {
    cases_.reserve(receivers.size());
    pointers_.reserve(receivers.size() + 1);
    for (const Receiver<T>& receiver : receivers) {
      cases_.emplace_back(receiver, OfOne{&function_, cases_.size()});
      pointers_.push_back(&cases_.back());
    }
    if (deadline != never) pointers_.push_back(&passed_);
    selection_.emplace(pointers_);
  }
  SelectOfWait(const SelectOfWait&) = delete;
  SelectOfWait& operator=(const SelectOfWait&) = delete;

  bool await_ready() {
    if (pointers_.empty()) return true;
    selection_->enter();
    return false;
  }
  bool await_suspend(std::coroutine_handle<> leaf) { return selection_->suspend(leaf); }
  std::size_t await_resume() { return pointers_.empty() ? 0 : received(selection_->resume()); }

  std::size_t wait() { return pointers_.empty() ? 0 : received(selection_->wait()); }

 private:
  struct OfOne {
    F* function;
    std::size_t position;
    void operator()(std::optional<T> value) { (*function)(position, std::move(value)); }
  };
  std::size_t received(std::size_t chosen) const { return std::min(chosen, cases_.size()); }

  F function_;
  TimeCase<void (*)()> passed_;
  std::vector<ReceiveCase<T, OfOne>> cases_;
  std::vector<SelectCase*> pointers_;
  std::optional<Selection> selection_;
};
// NOLINTEND(readability-identifier-naming)

template <typename T>
struct ReceivedBy;
template <typename T>
struct ReceivedBy<Receiver<T>> {
  using Value = T;
};
template <std::ranges::contiguous_range Receivers>
using ReceivedByOne = typename ReceivedBy<std::ranges::range_value_t<Receivers>>::Value;

// As the one below.
template <std::ranges::contiguous_range Receivers, typename F>
SelectOfWait<ReceivedByOne<Receivers>, F> selectOf(const Receivers& receivers, F function,
                                                   Time deadline = never) {
  return {receivers, std::move(function), deadline};
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

// Receives from the first of `receivers`, a std::span or what is like it, and calls
// function(position, std::optional<T>); gives the position. Their number, where `deadline` passes
// first, or there are none. What it costs grows with their number.
template <std::ranges::contiguous_range Receivers, typename F>
std::size_t selectOf(const Receivers& receivers, F function, Time deadline = never) {
  return async::selectOf(receivers, std::move(function), deadline).wait();
}

}  // namespace troop
