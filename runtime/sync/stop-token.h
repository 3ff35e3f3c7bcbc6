// Asking others to stop, with the shapes of the standard library's: who is asked looks, or has a
// function called.
//
// The standard's own block an OS thread where a function runs and who wants to be called no more
// waits until it has ended, and tell by OS threads whether it is that function itself which does
// so. Here a Task parks, and callers are told apart as Tasks; so functions may wait and lock.
//
// Ownership: what a stop_source, its copies and its tokens share lives as long as one of them, and
// is paid for by the troop that makes it. A stop_callback is a local or a member; its destructor
// returns when its function neither runs nor will, but in that function itself, where it returns at
// once. Threads: Tasks of any Thread and troop, and OS threads of the host. Functions are called by
// who asks first, one after another, or by who comes with one afterwards. Limits: none of its own.
// Fails: making a stop_source throws Error (overloaded, memory); a function that throws ends the
// program. Cancellation ends no wait here. Misuse: a coroutine, or what a carrier calls outside of
// Tasks, that destroys a stop_callback whose function waits in another Task: it blocks its carrier.
//
//   const stop_callback wakes(token, [&] { changed.notify_all(); });
#pragma once

#include <atomic>
#include <concepts>
#include <cstddef>
#include <type_traits>
#include <utility>

#include "runtime/base/list.h"
#include "runtime/base/short-lock.h"
#include "runtime/budget.h"
#include "runtime/ref.h"
#include "runtime/sched/waiter.h"

namespace [[gnu::visibility("hidden")]] troop {
namespace sync {

// The side of a stop_callback that is the same for all functions.
class StopCallback : public ListHook<struct StopCallbackTag> {
 public:
  virtual void call() noexcept = 0;

 protected:
  StopCallback() = default;
  ~StopCallback() = default;
};

// What is shared.
class StopState final : public RefCounted {
 public:
  // Throws Error (overloaded, memory).
  static Ref<StopState> make();
  explicit StopState(Charge paid) noexcept;

  void addSource() noexcept { sources_.fetch_add(1, std::memory_order_relaxed); }
  void dropSource() noexcept { sources_.fetch_sub(1, std::memory_order_acq_rel); }
  bool requested() const noexcept { return requested_.load(); }
  // Whether somebody has asked or may.
  bool possible() const noexcept { return requested() || sources_.load() != 0; }

  // False where somebody has asked already.
  bool request() noexcept;
  // False where somebody has asked already: then it is for the caller to call.
  bool add(StopCallback& callback) noexcept;
  void remove(StopCallback& callback) noexcept;

 private:
  const Charge charge_;
  std::atomic<std::size_t> sources_{1};
  std::atomic<bool> requested_{false};  // set under mutex_
  ShortLock mutex_;                     // protects all below
  List<StopCallback, StopCallbackTag> callbacks_;
  const StopCallback* running_ = nullptr;
  const void* caller_ = nullptr;  // who runs it
  WaitList awaitEnd_;
};

// NOLINTBEGIN(readability-identifier-naming): the standard's names

struct nostopstate_t {
  explicit nostopstate_t() = default;
};
inline constexpr nostopstate_t nostopstate{};

class stop_token {
 public:
  stop_token() noexcept = default;

  void swap(stop_token& other) noexcept { std::swap(state_, other.state_); }
  [[nodiscard]] bool stop_requested() const noexcept { return state_ && state_->requested(); }
  [[nodiscard]] bool stop_possible() const noexcept { return state_ && state_->possible(); }
  friend bool operator==(const stop_token&, const stop_token&) noexcept = default;

 private:
  friend class stop_source;
  template <typename Callback>
  friend class stop_callback;
  explicit stop_token(Ref<StopState> state) noexcept : state_(std::move(state)) {}

  Ref<StopState> state_;
};

class stop_source {
 public:
  stop_source() : state_(StopState::make()) {}
  explicit stop_source(nostopstate_t) noexcept {}
  stop_source(const stop_source& other) noexcept : state_(other.state_) {
    if (state_) state_->addSource();
  }
  stop_source(stop_source&& other) noexcept = default;
  stop_source& operator=(stop_source other) noexcept {
    swap(other);
    return *this;
  }
  ~stop_source() {
    if (state_) state_->dropSource();
  }

  void swap(stop_source& other) noexcept { std::swap(state_, other.state_); }
  [[nodiscard]] stop_token get_token() const noexcept { return stop_token(state_); }
  [[nodiscard]] bool stop_possible() const noexcept { return static_cast<bool>(state_); }
  [[nodiscard]] bool stop_requested() const noexcept { return state_ && state_->requested(); }
  // NOLINTNEXTLINE(modernize-use-nodiscard): as the standard's
  bool request_stop() noexcept {
    const Ref<StopState> kept = state_;  // whatever becomes of this by what is called
    return kept && kept->request();
  }
  friend bool operator==(const stop_source&, const stop_source&) noexcept = default;

 private:
  Ref<StopState> state_;
};

template <typename Callback>
class stop_callback final : private StopCallback {
 public:
  using callback_type = Callback;

  template <typename C>
    requires std::constructible_from<Callback, C>
  stop_callback(stop_token token, C&& callback)
      : state_(std::move(token.state_)), callback_(std::forward<C>(callback)) {
    if (state_ && !state_->add(*this)) call();
  }
  ~stop_callback() {
    if (state_) state_->remove(*this);
  }
  stop_callback(const stop_callback&) = delete;
  stop_callback& operator=(const stop_callback&) = delete;

 private:
  void call() noexcept override { std::forward<Callback>(callback_)(); }

  const Ref<StopState> state_;
  Callback callback_;
};

template <typename Callback>
stop_callback(stop_token, Callback) -> stop_callback<Callback>;

// NOLINTEND(readability-identifier-naming)

}  // namespace sync
}  // namespace troop
