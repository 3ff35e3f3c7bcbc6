// Threads with the shapes of the standard library's: each is a Thread of this runtime, so there may
// be a million, and what its function calls may wait.
//
// Ownership: as the standard's: joined or detached before it is destroyed, a jthread by itself.
// Threads: started by Tasks, in their troop, or in a troop that is named; joined by Tasks and OS
// threads. What it is given is copied or moved; what that refers to is for who starts it to keep,
// and to share under a mutex, as with the standard's. Limits: those of the troop. Fails: starting
// throws Error beyond a limit, and Error (failed) where there is no troop; join() throws the error
// that its function ended with, as every wait does, and Error (failed, deadlock) for itself.
// Misuse: a destructor without join(), which ends the program, but in a Task that was cancelled,
// where it joins; a jthread that a coroutine destroys.
//
//   troop::sync::thread worker([&] { work(queue); });
//   worker.join();
#pragma once

#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <memory>
#include <tuple>
#include <type_traits>
#include <utility>

#include "runtime/base/body.h"
#include "runtime/ref.h"
#include "runtime/sync/stop-token.h"
#include "runtime/sync/waiting.h"
#include "runtime/task.h"
#include "runtime/thread.h"

namespace [[gnu::visibility("hidden")]] troop {

class Troop;

namespace sync {

// NOLINTBEGIN(readability-identifier-naming): the standard's names

class thread_id;
namespace this_thread {
thread_id get_id() noexcept;
}  // namespace this_thread

// Of a Task, or of an OS thread; of none. No two that run have the same.
class thread_id {
 public:
  thread_id() noexcept = default;
  std::strong_ordering operator<=>(const thread_id&) const noexcept = default;

 private:
  friend class thread;
  friend struct std::hash<thread_id>;
  friend thread_id this_thread::get_id() noexcept;
  friend std::ostream& operator<<(std::ostream& out, thread_id id);
  thread_id(const void* runsIn, unsigned task) noexcept
      : runsIn_(reinterpret_cast<std::uintptr_t>(runsIn)), task_(task) {}

  std::uintptr_t runsIn_ = 0;
  unsigned task_ = 0;  // of a Thread; 0 for OS threads
};

std::ostream& operator<<(std::ostream& out, thread_id id);

class thread {
 public:
  using id = thread_id;

  thread() noexcept = default;
  template <typename F, typename... Arguments>
    requires(!std::is_same_v<std::remove_cvref_t<F>, thread> && !std::is_convertible_v<F, Troop&>)
  explicit thread(F&& function, Arguments&&... arguments)
      : thread_(start(bodyOf(std::forward<F>(function), std::forward<Arguments>(arguments)...))) {}
  // In `troop`; from OS threads, too.
  template <typename F, typename... Arguments>
  thread(Troop& troop, F&& function, Arguments&&... arguments)
      : thread_(start(troop,
                      bodyOf(std::forward<F>(function), std::forward<Arguments>(arguments)...))) {}
  thread(thread&& other) noexcept = default;
  thread& operator=(thread&& other) noexcept;
  ~thread();

  bool joinable() const noexcept { return static_cast<bool>(thread_); }
  void join();
  void detach();
  id get_id() const noexcept;
  void swap(thread& other) noexcept { std::swap(thread_, other.thread_); }
  // How many run at the same time.
  static unsigned hardware_concurrency() noexcept;

 private:
  friend class jthread;

  template <typename F, typename... Arguments>
  static std::unique_ptr<Body> bodyOf(F&& function, Arguments&&... arguments) {
    return makeBody([function = std::decay_t<F>(std::forward<F>(function)),
                     arguments = std::tuple<std::decay_t<Arguments>...>(
                         std::forward<Arguments>(arguments)...)]() mutable {
      std::apply([&](auto&... each) { std::invoke(std::move(function), std::move(each)...); },
                 arguments);
    });
  }
  explicit thread(Ref<Thread> started) noexcept : thread_(std::move(started)) {}
  static Ref<Thread> start(std::unique_ptr<Body> body);
  static Ref<Thread> start(Troop& troop, std::unique_ptr<Body> body);
  // Waits whatever happens.
  void joinAnyway() noexcept;

  Ref<Thread> thread_;
};

// One that is asked to stop, and joined, when it is destroyed; also by who was cancelled.
class jthread {
 public:
  using id = thread_id;

  jthread() noexcept : stop_(nostopstate) {}
  // Where `function` takes a stop_token first, it gets one.
  template <typename F, typename... Arguments>
    requires(!std::is_same_v<std::remove_cvref_t<F>, jthread> && !std::is_convertible_v<F, Troop&>)
  explicit jthread(F&& function, Arguments&&... arguments)
      : thread_(thread::start(
            bodyOf(stop_, std::forward<F>(function), std::forward<Arguments>(arguments)...))) {}
  // In `troop`; from OS threads, too.
  template <typename F, typename... Arguments>
  jthread(Troop& troop, F&& function, Arguments&&... arguments)
      : thread_(thread::start(troop, bodyOf(stop_, std::forward<F>(function),
                                            std::forward<Arguments>(arguments)...))) {}
  jthread(jthread&& other) noexcept = default;
  jthread& operator=(jthread&& other) noexcept;
  ~jthread() { stop(); }

  bool joinable() const noexcept { return thread_.joinable(); }
  void join() { thread_.join(); }
  void detach() { thread_.detach(); }
  id get_id() const noexcept { return thread_.get_id(); }
  void swap(jthread& other) noexcept {
    std::swap(stop_, other.stop_);
    thread_.swap(other.thread_);
  }
  stop_source get_stop_source() noexcept { return stop_; }
  stop_token get_stop_token() const noexcept { return stop_.get_token(); }
  bool request_stop() noexcept { return stop_.request_stop(); }
  static unsigned hardware_concurrency() noexcept { return thread::hardware_concurrency(); }

 private:
  template <typename F, typename... Arguments>
  static std::unique_ptr<Body> bodyOf(const stop_source& stop, F&& function,
                                      Arguments&&... arguments) {
    if constexpr (std::is_invocable_v<std::decay_t<F>, stop_token, std::decay_t<Arguments>...>) {
      return thread::bodyOf(std::forward<F>(function), stop.get_token(),
                            std::forward<Arguments>(arguments)...);
    } else {
      return thread::bodyOf(std::forward<F>(function), std::forward<Arguments>(arguments)...);
    }
  }
  void stop() noexcept;

  stop_source stop_;
  thread thread_;
};

namespace this_thread {

inline void yield() {
  troop::yield();
}

template <typename Rep, typename Period>
void sleep_for(const std::chrono::duration<Rep, Period>& duration) {
  sleep(durationOf(duration));
}
template <typename Clock, typename Length>
void sleep_until(const std::chrono::time_point<Clock, Length>& when) {
  sleepUntil(timeOf(when));
}

}  // namespace this_thread

// NOLINTEND(readability-identifier-naming)

}  // namespace sync
}  // namespace troop

template <>
struct std::hash<troop::sync::thread_id> {
  std::size_t operator()(const troop::sync::thread_id& id) const noexcept {
    return std::hash<std::uintptr_t>()(id.runsIn_) * 31 + id.task_;
  }
};
